// The promise that everything else rests on: what was acknowledged is there, once, whatever happens to the process.
//
// A CRM posts signed webhooks over several connections (messages, some of them urgent or naming another agent, contacts before or
// after their first message, and now and then the same twice, even at once) while the server is killed with SIGKILL at random
// moments and started again, some of the time before it was even ready. The CRM posts again what was not acknowledged, as it does.
// Meanwhile the hour of the agents' briefings passes, for some of them while the server lies dead. At the end:
//   - every webhook stands on its own lead's timeline exactly once, and nothing else stands there;
//   - a lead that wrote something urgent n times has exactly one open alert for it, into which n - 1 were folded; none has one for nothing;
//   - every alert was written to the outbox once, is delivered, and reached the open stream (again after a restart, perhaps);
//   - every agent has one briefing for the day, made once and delivered; nothing in inbox or outbox is stuck or given up.
//
// KILLS=n sets how often (200; with LEADLIGHT_TEST=quick 20); LEADLIGHT_TEST_SEED=n repeats a run's choices (not its timing).
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { cannot, contactCreate, dice, Home, inbound, pause, seed, Server, until } from './leadlight.mjs';

const why = cannot();
const KILLS = Number(process.env.KILLS ?? (process.env.LEADLIGHT_TEST === 'quick' ? 20 : 200));
const LEADS = 240, POSTERS = 6, EVENTS_A_LIFE = 300;
const ZONES = ['America/New_York', 'America/Los_Angeles', 'Europe/Madrid', 'Asia/Kathmandu', 'Pacific/Chatham', 'Asia/Kolkata', 'Australia/Eucla', 'Pacific/Honolulu'];
const PLAIN = ['Thanks, got it.', 'Ok, talk soon', 'The photos look nice.', 'Does it have a garage?', 'Gracias por la información'];
const WORDS = {
  urgency: ['need to move ASAP', 'I need to move ASAP, please call me'],
  competitive: ['I am also talking to another agent this week', 'We are interviewing another realtor on Friday'],
};

const local = (zone, at) => Object.fromEntries(new Intl.DateTimeFormat('en-CA', {
  timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
}).formatToParts(at).map((p) => [p.type, p.value]));
const localDate = (zone, at) => { const p = local(zone, at); return `${p.year}-${p.month}-${p.day}`; };
const localTime = (zone, at) => { const p = local(zone, at); return `${p.hour}:${p.minute}`; };

/** Zones in which the minutes ahead are neither at a day's end nor near the hour that briefings have before we set it. */
const calm = (at) => ZONES.filter((z) => {
  const { hour, minute } = local(z, at), m = Number(hour) * 60 + Number(minute);
  return m > 5 && m < 23 * 60 + 45 && Math.abs(m - 7 * 60) > 8;
});

/** The CRM: what it has to tell, and what it knows to have been taken. */
class Crm {
  constructor(die, location, agents) {
    this.die = die;
    this.location = location;
    this.todo = [];
    this.acked = new Set();
    this.of = new Map(); // lead's contact -> { ids: what it should have on its timeline, urgency: n, competitive: n }
    this.counts = { posts: 0, failed: 0, refused: 0, repeats: 0 };
    this.open = 0;
    for (let i = 0; i < LEADS; i++) {
      const contact = `kill9lead${i}`;
      this.of.set(contact, { ids: new Set(), urgency: 0, competitive: 0 });
      this.put(contact, (webhookId) => contactCreate({ location, id: contact, name: `Lead Number${i}`, phone: this.phone(i), email: `lead${i}@example.test`, assignedTo: agents[i % agents.length].ghl, webhookId }));
    }
  }

  phone(i) { return `+1305555${String(i).padStart(4, '0')}`; }

  put(contact, make) {
    const webhookId = randomUUID();
    this.of.get(contact).ids.add(webhookId);
    this.todo.splice(this.die.below(this.todo.length + 1), 0, { webhookId, event: make(webhookId) });
  }

  /** One more message of some lead. */
  write(i = this.die.below(LEADS), cause = this.die.next() < 0.06 ? (this.die.next() < 0.7 ? 'urgency' : 'competitive') : '') {
    const contact = `kill9lead${i}`;
    if (cause) this.of.get(contact)[cause]++;
    const text = this.die.pick(cause ? WORDS[cause] : PLAIN);
    this.put(contact, (webhookId) => inbound({ location: this.location, contact, text, webhookId, phone: this.phone(i) }));
  }

  /** Posts one thing until it is acknowledged by this life of the server, or gives it back. */
  async post(server, item, again = false) {
    this.counts.posts++;
    try {
      const { status, text } = await server.webhook(item.event);
      if (status !== 200) {
        assert.ok(status === 429 || status >= 500, `a good webhook was answered ${status}: ${text}`);
        this.counts.refused++;
        return false;
      }
      const { accepted, duplicates } = JSON.parse(text);
      assert.equal(accepted + duplicates, 1);
      if (again) {
        this.counts.repeats++;
        assert.equal(duplicates, 1, `${item.webhookId} was acknowledged before and is now taken for new`);
      }
      this.acked.add(item.webhookId);
      return true;
    } catch (e) {
      if (e instanceof assert.AssertionError) throw e;
      this.counts.failed++;
      return false;
    }
  }

  /** One connection's work during one life: until that life ends. */
  async poster(server, life) {
    while (!life.over) {
      const item = this.todo.pop();
      if (!item) {
        if (life.written++ >= EVENTS_A_LIFE) return;
        this.write();
        continue;
      }
      const twice = this.die.next() < 0.04;
      const done = await Promise.all(twice ? [this.post(server, item), this.post(server, item)] : [this.post(server, item)]);
      if (!done.some(Boolean)) this.todo.push(item);
      else if (this.die.next() < 0.05) await this.post(server, item, true);
    }
  }
}

async function settings(server, token, agent, values) {
  await server.json('PUT', `/api/v1/automation/settings/${agent}`, { token, body: { settings: values } });
}

test(`killed ${KILLS} times under load: nothing acknowledged is lost, nothing is doubled`, { skip: why ? `SKIP: ${why}` : false, timeout: 420_000 }, async (t) => {
  const number = seed(), die = dice(number);
  t.diagnostic(`LEADLIGHT_TEST_SEED=${number}`);
  const began = Date.now();
  const home = new Home();
  let server;
  t.after(async () => { await server?.kill().catch(() => {}); home.remove(); });

  // A team, its agents, and an hour for their briefings that comes during the run: the next full minute, at least 12 s away.
  const location = 'kill9location';
  const tenant = await home.tenant(location);
  const firstHour = Math.ceil((Date.now() + 12_000) / 60_000) * 60_000;
  const hours = KILLS > 100 ? [firstHour, firstHour + 60_000] : [firstHour];
  const agents = calm(firstHour).map((zone, i) => ({ zone, ghl: `crmuser${i}`, at: hours[i % hours.length], streamed: new Set(), last: '' }));
  for (const [i, a] of agents.entries()) a.id = await home.user(tenant, { name: `Agent Number${i}`, zone: a.zone, email: `agent${i}@example.test`, ghl: a.ghl, language: i % 2 ? 'es' : 'en' });
  const token = await home.token(tenant, 'admin');

  server = await Server.start(home);
  for (const a of agents) {
    await settings(server, token, a.id, { quiet_hours: null, max_alerts_per_hour: 1000, briefing_time: localTime(a.zone, a.at) });
  }
  assert.ok(Date.now() < firstHour, 'the machine is too slow for this test: the briefings were due before they were set');

  // One alert for each agent, seen on his stream, so that later streams can say what they saw last.
  const crm = new Crm(die, location, agents);
  const listen = () => Promise.all(agents.map((a) => server.stream(a.id, token, ({ event, id, data }) => {
    if (event !== 'alert') return;
    assert.equal(id, data.id);
    a.streamed.add(id);
    a.last = id;
  }, a.last).catch(() => {})));
  await listen();
  const first = { over: false, written: EVENTS_A_LIFE };
  await crm.poster(server, first); // all contacts
  for (let i = 0; i < agents.length; i++) crm.write(i, 'urgency');
  await crm.poster(server, first);
  await until(() => agents.every((a) => a.last), 'an alert on each agent’s stream');

  let kills = 0, unready = 0;
  const lives = [];
  while (kills < KILLS || Date.now() < hours.at(-1) + 2_000) {
    const life = { over: false, written: 0 };
    listen(); // as good as it comes: the server dies soon
    const posting = Promise.all(Array.from({ length: POSTERS }, () => crm.poster(server, life)));
    posting.catch(() => {}); // looked at below
    await pause(die.below(KILLS > 100 ? 350 : 900));
    await server.kill();
    life.over = true;
    await posting;
    kills++;
    // The second hour passes while the server is dead: it has to catch up.
    const left = hours.at(-1) - Date.now();
    if (left > 0 && left < 1_500) await pause(left + 500);
    for (; die.next() < 0.12; kills++, unready++) {
      const unlucky = Server.launch(home);
      await pause(die.below(80));
      await unlucky.kill();
    }
    server = await Server.start(home);
    lives.push(server.readyMs);
  }

  // The last life: everything that is still untold is told, and everything is worked off.
  await listen();
  while (crm.todo.length) await crm.poster(server, { over: false, written: EVENTS_A_LIFE });
  const operations = () => server.json('GET', '/api/v1/operations', { token });
  const idle = await until(async () => { const o = await operations(); return o.inbox.pending === 0 && o.outbox.pending === 0 && o; }, 'inbox and outbox are worked off', 60_000);
  assert.equal(idle.inbox.dead, 0, 'dead letters');
  assert.equal(idle.outbox.dead + idle.outbox.unknown, 0, 'messages given up');

  const told = [...crm.of.values()].flatMap((l) => [...l.ids]);
  assert.equal(crm.acked.size, told.length, 'the CRM got an acknowledgement for everything');
  const figures = await checkTimelines(server, token, crm);
  const alerts = await checkAlerts(server, token, crm, agents);
  await checkBriefings(server, token, agents);
  await server.stop();
  server = null;
  lives.sort((a, b) => a - b);
  t.diagnostic(`${kills} kills (${unready} before it was ready) in ${Math.round((Date.now() - began) / 1000)} s; ready again after ${Math.round(lives[lives.length >> 1])} ms (median), ${Math.round(lives.at(-1))} ms (worst)`);
  t.diagnostic(`${told.length} webhooks, ${crm.counts.posts} posts, ${crm.counts.failed} cut off, ${crm.counts.refused} refused, ${crm.counts.repeats} repeated after an acknowledgement; ${figures} timelines; ${alerts} alerts`);
});

/** Each lead's timeline holds what the CRM told of it: everything, once, and no more. */
async function checkTimelines(server, token, crm) {
  const leads = await server.all('/api/v1/leads', 'leads', token);
  assert.deepEqual(leads.map((l) => l.contact_id).sort(), [...crm.of.keys()].sort(), 'one lead for each contact');
  for (const lead of leads) {
    const items = await server.all(`/api/v1/leads/${lead.id}/timeline`, 'events', token);
    const found = items.map((i) => i.source_id).sort();
    assert.deepEqual(found, [...crm.of.get(lead.contact_id).ids].sort(), `timeline of ${lead.contact_id}`);
    assert.equal(new Set(items.map((i) => i.id)).size, items.length, 'ids of events are different');
    crm.of.get(lead.contact_id).id = lead.id;
  }
  return leads.length;
}

async function checkAlerts(server, token, crm, agents) {
  const alerts = [], outgoing = [];
  for (const a of agents) {
    const his = await server.all(`/api/v1/insights/real-time-alerts/${a.id}?status=all`, 'alerts', token);
    for (const x of his) assert.ok(a.streamed.has(x.id), `alert ${x.id} never reached the stream`);
    for (const id of a.streamed) assert.ok(his.some((x) => x.id === id), `the stream told of ${id}, which is not there`);
    alerts.push(...his);
    outgoing.push(...(await server.all(`/api/v1/outgoing?agent_id=${a.id}`, 'outgoing', token)));
  }
  for (const [contact, lead] of crm.of) {
    for (const cause of ['urgency', 'competitive']) {
      const of = alerts.filter((x) => x.lead_id === lead.id && x.type === cause);
      const said = `${cause} alerts of ${contact}, who wrote so ${lead[cause]} times`;
      assert.equal(of.length, lead[cause] ? 1 : 0, said);
      if (!lead[cause]) continue;
      assert.equal(of[0].status, 'open', said);
      assert.equal(of[0].folded, lead[cause] - 1, `folded: ${said}`);
      assert.ok(lead.ids.has(of[0].trigger_event.source_id), `trigger: ${said}`);
      const sent = outgoing.filter((o) => o.lead_id === lead.id && o.purpose === `alert.${cause}`);
      assert.deepEqual(sent.map((o) => o.state), ['delivered'], `messages about the ${said}`);
    }
  }
  return alerts.length;
}

async function checkBriefings(server, token, agents) {
  for (const a of agents) {
    const date = localDate(a.zone, a.at);
    const briefing = await server.json('GET', `/api/v1/insights/daily-briefing/${a.id}?date=${date}`, { token });
    assert.equal(briefing.for_date, date);
    assert.ok(Date.parse(briefing.generated_at) >= a.at, `made at ${briefing.generated_at}, before it was due`);
    assert.ok(briefing.delivered_at, `the briefing of ${a.zone} is not delivered`);
    const sent = (await server.all(`/api/v1/outgoing?agent_id=${a.id}`, 'outgoing', token)).filter((o) => o.purpose.startsWith('briefing'));
    assert.deepEqual(sent.map((o) => o.state), ['delivered'], `briefings sent to the agent in ${a.zone}`);
  }
}
