// From a webhook that leaves the CRM to the alert on the agent's event stream (ALERT-3, NUM-3): the sample message "need to move ASAP",
// signed, over a real socket, with the commit to disk and the decision in between.
//
// The figures are printed. What is asserted is far from them: a test that fails when somebody else uses the machine teaches nothing.
// The benchmark bench/run alerts holds the goal.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { cannot, contactCreate, Home, inbound, pause, Server, until } from './leadlight.mjs';

const why = cannot();
const TIMES = 40, BOUND_MS = 2_000, GOAL_MS = 50;

describe('an urgent message', { skip: why ? `SKIP: ${why}` : false }, () => {
  const location = 'latencylocation';
  let home, server, agent, token, stream;
  const seen = new Map(); // webhookId -> { at, alert }

  before(async () => {
    home = new Home();
    const tenant = await home.tenant(location);
    agent = await home.user(tenant, { name: 'Ada Agent', email: 'ada@example.test', ghl: 'ada' });
    token = await home.token(tenant, 'admin');
    server = await Server.start(home);
    await server.json('PUT', `/api/v1/automation/settings/${agent}`, { token, body: { settings: { quiet_hours: null, max_alerts_per_hour: 1000 } } });
    stream = await server.stream(agent, token, ({ event, data }) => {
      if (event === 'alert') seen.set(data.trigger_event.source_id, { at: performance.now(), alert: data });
    });
  });
  after(async () => {
    stream?.close();
    await server?.stop();
    home?.remove();
  });

  const post = async (event) => {
    const { status, text } = await server.webhook(event);
    assert.equal(status, 200, text);
  };

  test('is an alert on the stream, at once', async (t) => {
    const took = [], accepted = [];
    for (let i = 0; i < TIMES; i++) {
      const contact = `latencylead${i}`, webhookId = randomUUID();
      await post(contactCreate({ location, id: contact, name: `Lena Lead${i}`, phone: '+13055550123', email: `lena${i}@example.test`, assignedTo: 'ada', webhookId: randomUUID() }));
      await pause(20);
      const begun = performance.now();
      await post(inbound({ location, contact, text: 'Hi, we need to move ASAP, can you call me today?', webhookId }));
      accepted.push(performance.now() - begun);
      took.push((await until(() => seen.get(webhookId), 'the alert', 10_000)).at - begun);
    }
    took.sort((a, b) => a - b);
    accepted.sort((a, b) => a - b);
    const ms = (list, share) => list[Math.min(list.length - 1, Math.floor(list.length * share))].toFixed(1);
    t.diagnostic(`webhook sent to alert seen: median ${ms(took, 0.5)} ms, worst of ${TIMES} ${ms(took, 1)} ms (goal ${GOAL_MS}); webhook answered: median ${ms(accepted, 0.5)} ms, worst ${ms(accepted, 1)} ms`);
    assert.ok(took[TIMES >> 1] < BOUND_MS, `median of ${took[TIMES >> 1]} ms`);
  });

  test('carries what an alert carries (ALERT-2)', () => {
    const { alert } = [...seen.values()].at(-1);
    assert.equal(alert.type, 'urgency');
    assert.ok(alert.priority >= 1 && alert.priority <= 10);
    assert.ok(alert.confidence >= 0.7 && alert.confidence <= 1);
    assert.equal(alert.agent_id, agent);
    assert.match(alert.lead_name, /^Lena Lead/);
    assert.match(alert.trigger_event.text, /need to move ASAP/);
    const words = alert.trigger_event.spans.filter((s) => s.label === 'urgency').map((s) => Buffer.from(alert.trigger_event.text).subarray(s.from, s.to).toString());
    assert.ok(words.some((w) => /ASAP/.test(w)), `its spans mark ${JSON.stringify(words)}`);
    for (const part of ['insight', 'expected_impact']) assert.ok(alert[part], part);
    assert.ok(alert.reasons.length > 0);
    assert.match(alert.recommended_action.title, /Lena/);
    assert.equal(alert.urgency, 'now');
    assert.ok(Date.parse(alert.expires_at) > Date.parse(alert.created_at));
    assert.deepEqual(alert.channels, ['dashboard']);
    assert.equal(alert.auto_execute, false);
    assert.equal(alert.status, 'open');
  });

  test('said again is folded, not doubled', async () => {
    const contact = 'latencylead0';
    await post(inbound({ location, contact, text: 'Really, we need to move ASAP!', webhookId: randomUUID() }));
    const folded = await until(async () => (await server.all(`/api/v1/insights/real-time-alerts/${agent}`, 'alerts', token)).find((a) => a.folded === 1), 'the fold');
    assert.match(folded.trigger_event.text, /Really/);
    const alerts = await server.all(`/api/v1/insights/real-time-alerts/${agent}`, 'alerts', token);
    assert.equal(alerts.length, TIMES);
    assert.equal(alerts.filter((a) => a.lead_id === folded.lead_id).length, 1);
  });

  test('reaches the open page in quiet hours, too: whoever looks at it is awake', async () => {
    const hour = (zone) => Number(new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', hourCycle: 'h23' }).format());
    const zone = ['America/New_York', 'Asia/Tokyo', 'Europe/Madrid', 'Pacific/Auckland', 'America/Los_Angeles'].find((z) => hour(z) >= 22 || hour(z) < 6);
    const other = 'nightlocation';
    const tenant = await home.tenant(other, zone);
    const night = await home.user(tenant, { name: 'Nora Night', email: 'nora@example.test', ghl: 'nora', zone });
    const his = await home.token(tenant, 'agent', night);
    const got = [];
    const open = await server.stream(night, his, ({ event, data }) => { if (event === 'alert') got.push(data); });
    await post(inbound({ location: other, contact: 'nightlead', text: 'we need to move ASAP', webhookId: randomUUID() }));
    await until(() => got.length === 1, `the alert of an agent in ${zone}, where it is ${hour(zone)} o'clock`);
    open.close();
  });

  test('told twice by the CRM has effect once', async () => {
    const webhookId = randomUUID();
    const event = inbound({ location, contact: 'latencylead1', text: 'we need to move ASAP', webhookId });
    await post(event);
    const again = await server.webhook(event);
    assert.deepEqual([again.status, JSON.parse(again.text).duplicates], [200, 1]);
    await until(async () => (await server.json('GET', '/api/v1/operations', { token })).inbox.pending === 0, 'it is worked off');
    const lead = (await server.all('/api/v1/leads', 'leads', token)).find((l) => l.contact_id === 'latencylead1');
    const timeline = await server.all(`/api/v1/leads/${lead.id}/timeline`, 'events', token);
    assert.equal(timeline.filter((e) => e.source_id === webhookId).length, 1);
  });
});
