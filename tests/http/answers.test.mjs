// ETag, Idempotency-Key, rate limits, paging, search.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { World, skip, until } from './world.mjs';

const LEADS = 11;

describe('answers', { skip }, () => {
  let w, t, alert, lead;

  before(async () => {
    w = await World.start();
    t = await w.tenant('q');
    ({ alert, lead } = await w.alarmed(t, 'hot'));
    const names = ['José Núñez', 'Anna Berg', 'Li Wei', 'Zoë Ångström', 'Bob Stone', 'Bobby Stone', 'Carol King', 'Dan Hill', 'Eve Moon', 'Fay Hart'];
    for (let i = 0; i < LEADS - 1; i++)
      await w.contact(t, `c${i}`, { firstName: names[i].split(' ')[0], lastName: names[i].split(' ')[1], name: names[i], phone: `+1305555010${i}` });
    await until('all leads', async () => (await w.get('/api/v1/leads?limit=500', t.token.admin)).json.leads.length === LEADS);
  });
  after(() => w?.stop());

  test('a GET carries an ETag, and who has it gets 304', async () => {
    for (const path of [`/api/v1/insights/real-time-alerts/${t.user.agent}`, '/api/v1/leads', '/api/v1/automation/settings/me', '/api/v1/approvals', '/api/v1/outgoing', '/openapi.json', '/docs']) {
      const first = await w.get(path, t.token.agent);
      const etag = first.headers.get('etag');
      assert.match(etag ?? '', /^"[^"]+"$/, path);
      for (const given of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const again = await w.get(path, t.token.agent, { 'if-none-match': given });
        assert.equal(again.status, 304, `${path} ${given}`);
        assert.equal(again.text, '');
        assert.equal(again.headers.get('etag'), etag, path);
      }
      assert.equal((await w.get(path, t.token.agent, { 'if-none-match': '"other"' })).status, 200, path);
    }
  });

  test('a kept answer never outlives a change', async () => {
    const path = `/api/v1/insights/real-time-alerts/${t.user.agent}`;
    const ask = () => w.get(path, t.token.agent);
    for (let round = 0; round < 5; round++) {
      assert.ok((await ask()).json.alerts.some((a) => a.id === alert.id && a.status === 'open'));
      assert.equal((await w.post(`/api/v1/alerts/${alert.id}/snooze`, t.token.agent, { minutes: 60 })).status, 200);
      assert.ok(!(await ask()).json.alerts.some((a) => a.id === alert.id && a.status === 'open'), 'snoozed a moment ago');
      assert.equal((await w.post(`/api/v1/alerts/${alert.id}/reopen`, t.token.agent, {})).status, 200);
    }
    assert.ok((await ask()).json.alerts.some((a) => a.id === alert.id && a.status === 'open'));
  });

  test('each answer has its own request id', async () => {
    const path = `/api/v1/insights/real-time-alerts/${t.user.agent}`;
    const ids = new Set();
    for (let i = 0; i < 3; i++) ids.add((await w.get(`/api/v1/leads`, t.token.agent)).headers.get('x-request-id'));
    assert.equal(ids.size, 3);
    assert.equal((await w.get(path, t.token.agent)).status, 200);
  });

  test('the same Idempotency-Key has effect once and gets the same answer', async () => {
    const path = `/api/v1/alerts/${alert.id}/snooze`;
    const key = randomUUID();
    const first = await w.post(path, t.token.agent, { minutes: 90 }, { 'idempotency-key': key });
    assert.equal(first.status, 200, first.text);
    await w.post(`/api/v1/alerts/${alert.id}/reopen`, t.token.agent, {});
    const again = await w.post(path, t.token.agent, { minutes: 90 }, { 'idempotency-key': key });
    assert.equal(again.status, 200);
    assert.deepEqual(again.json, first.json);
    const now = await w.get(`/api/v1/insights/real-time-alerts/${t.user.agent}`, t.token.agent);
    assert.equal(now.json.alerts.find((a) => a.id === alert.id).status, 'open', 'it was not done again');
    const other = await w.post(path, t.token.agent, { minutes: 91 }, { 'idempotency-key': key });
    assert.equal(other.status, 422, other.text);
    assert.equal(other.json.where, 'Idempotency-Key');
    const lead = await w.post(path, t.token.team_lead, { minutes: 91 }, { 'idempotency-key': key });
    assert.equal(lead.status, 200, 'keys belong to their caller');
    await w.post(`/api/v1/alerts/${alert.id}/reopen`, t.token.agent, {});
    for (const [bad, status] of [['x'.repeat(256), 422], ['x'.repeat(255), 200]])
      assert.equal((await w.post(path, t.token.agent, { minutes: 5 }, { 'idempotency-key': bad })).status, status);
    await w.post(`/api/v1/alerts/${alert.id}/reopen`, t.token.agent, {});
  });

  const pages = async (path, name, limit) => {
    const all = [];
    let cursor = null;
    do {
      const res = await w.get(`${path}${path.includes('?') ? '&' : '?'}limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`, t.token.admin);
      assert.equal(res.status, 200, res.text);
      assert.ok(res.json[name].length <= limit);
      all.push(...res.json[name]);
      cursor = res.json.next_cursor;
      assert.ok(all.length <= 1000, 'pages without end');
    } while (cursor);
    return all;
  };

  test('pages put together are the whole list, in order, each once', async () => {
    const whole = (await w.get('/api/v1/leads?limit=500', t.token.admin)).json.leads;
    assert.equal(whole.length, LEADS);
    for (let i = 1; i < whole.length; i++) assert.ok(whole[i - 1].likelihood >= whole[i].likelihood, 'likeliest first');
    for (const limit of [1, 2, 3, LEADS - 1, LEADS, LEADS + 1])
      assert.deepEqual((await pages('/api/v1/leads', 'leads', limit)).map((l) => l.id), whole.map((l) => l.id), `by ${limit}`);
    const timeline = await pages(`/api/v1/leads/${lead.id}/timeline`, 'events', 500);
    assert.ok(timeline.length >= 2);
    assert.deepEqual((await pages(`/api/v1/leads/${lead.id}/timeline`, 'events', 1)).map((e) => e.id), timeline.map((e) => e.id));
    for (let i = 1; i < timeline.length; i++) assert.ok(timeline[i - 1].at >= timeline[i].at, 'newest first');
  });

  test('search finds names without accents, parts of addresses and numbers', async () => {
    const found = async (q) => (await w.get(`/api/v1/leads?q=${encodeURIComponent(q)}`, t.token.admin)).json.leads.map((l) => l.contact_id).sort();
    assert.deepEqual(await found('jose nunez'), ['c0']);
    assert.deepEqual(await found('NÚÑEZ JOSÉ'), ['c0']);
    assert.deepEqual(await found('angstrom'), ['c3']);
    assert.deepEqual(await found('bob'), ['c4', 'c5']);
    assert.deepEqual(await found('bobby stone'), ['c5']);
    assert.deepEqual(await found('c6@people'), ['c6']);
    assert.deepEqual(await found('555-0107'), ['c7']);
    assert.deepEqual(await found('(305) 555 0102'), ['c2']);
    assert.deepEqual(await found('nobody of that name'), []);
    assert.deepEqual(await found('%'), []);
    assert.equal((await found('   ')).length, LEADS);
    const bobs = await pages('/api/v1/leads?q=bob', 'leads', 1);
    assert.deepEqual(bobs.map((l) => l.contact_id).sort(), ['c4', 'c5'], 'page by page, too');
    for (const q of ['"', '\\', 'o"r', '&', '<b>']) assert.deepEqual(await found(q), [], q);
  });

  test('filters', async () => {
    const of = async (query) => (await w.get(`/api/v1/leads?${query}`, t.token.admin)).json.leads;
    const whole = await of('limit=500');
    const top = whole[0];
    assert.ok(top.likelihood > 0);
    assert.ok((await of(`min_likelihood=${Math.floor(top.likelihood)}`)).some((l) => l.id === top.id));
    assert.deepEqual(await of('min_likelihood=100'), whole.filter((l) => l.likelihood >= 100));
    for (const intent of ['cold', 'warm', 'hot', 'urgent']) assert.deepEqual((await of(`intent=${intent}&limit=500`)).map((l) => l.id), whole.filter((l) => l.intent === intent).map((l) => l.id), intent);
    assert.equal((await of(`agent_id=${t.user.agent}&limit=500`)).length, whole.filter((l) => l.agent_id === t.user.agent).length);
    assert.deepEqual(await of(`agent_id=${t.user.team_lead}`), []);
  });

  test("a lead's score is made of its parts, and its events are on its timeline", async () => {
    const res = (await w.get(`/api/v1/leads/${lead.id}`, t.token.agent)).json;
    const { score } = res;
    const sum = score.parts.reduce((n, p) => n + p.points, 0);
    assert.ok(Math.abs(sum - score.likelihood) < 0.2, `${sum} and ${score.likelihood}`);
    assert.ok(Math.abs(score.parts.reduce((n, p) => n + p.weight, 0) - 100) < 0.1);
    const ids = new Set((await pages(`/api/v1/leads/${lead.id}/timeline`, 'events', 500)).map((e) => e.id));
    const behind = score.parts.flatMap((p) => p.events);
    assert.ok(behind.length > 0);
    for (const e of behind) assert.ok(ids.has(e.id) && e.text.length > 0);
    const alone = (await w.get(`/api/v1/leads/${lead.id}/score`, t.token.agent)).json;
    assert.deepEqual(alone.parts.map((p) => p.name), score.parts.map((p) => p.name));
    assert.ok(res.do_now?.title && res.wants);
  });

  test('readings point at the bytes of the text they are about', async () => {
    const text = 'Ñandú 🏠: we need to move ASAP';
    await w.contact(t, 'bytes');
    const id = randomUUID();
    assert.equal((await w.message(t, 'bytes', text, id)).status, 200);
    const l = await w.lead(t, 'bytes');
    const item = await until('the message', async () => (await w.get(`/api/v1/leads/${l.id}/timeline`, t.token.agent)).json.events.find((e) => e.source_id === id));
    assert.equal(item.text, text);
    const urgent = item.readings.find((r) => r.label === 'urgency');
    assert.ok(urgent, JSON.stringify(item));
    assert.equal(Buffer.from(item.text).subarray(urgent.from, urgent.to).toString(), 'ASAP');
  });

  test('rate limits: what is left is said, what is over is refused, watching is not counted', async () => {
    const v = await World.start({ LEADLIGHT_RATE_LIMIT: '6' });
    try {
      const s = await v.tenant('r');
      const path = `/api/v1/insights/real-time-alerts/${s.user.agent}`;
      for (let i = 0; i < 6; i++) {
        const res = await v.get(path, s.token.agent);
        assert.equal(res.status, 200);
        assert.equal(res.headers.get('ratelimit-limit'), '6');
        assert.equal(res.headers.get('ratelimit-remaining'), String(5 - i), 'also for an answer that was kept');
      }
      const over = await v.get(path, s.token.agent);
      assert.equal(over.status, 429);
      assert.match(over.type, /problem\+json/);
      assert.ok(Number(over.headers.get('retry-after')) >= 1 && Number(over.headers.get('retry-after')) <= 11, over.headers.get('retry-after'));
      const me = await v.get('/api/v1/me', s.token.agent);
      assert.equal(me.status, 429);
      assert.equal(me.headers.get('ratelimit-remaining'), '0');
      assert.equal((await v.get('/api/v1/me', s.token.admin)).status, 200, 'another token has its own');
      for (let i = 0; i < 20; i++) for (const p of ['/healthz', '/readyz', '/metrics']) assert.equal((await v.get(p)).status, 200, p);
      await v.contact(s, 'x');
      for (let i = 0; i < 20; i++) assert.equal((await v.message(s, 'x', `message ${i}`)).status, 200, 'webhooks are held by their signature');
    } finally {
      await v.stop();
    }
  });
});
