// Settings: what is set, what is inherited, who may change what, and that a change counts at once.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { NOBODY, World, skip } from './world.mjs';

describe('settings', { skip }, () => {
  let w, t;
  const path = (id) => `/api/v1/automation/settings/${id}`;
  const put = (id, token, settings, headers = {}) => w.ask('PUT', path(id), { token, body: { settings }, headers });

  before(async () => {
    w = await World.start();
    t = await w.tenant('s', 'America/Denver');
  });
  after(() => w?.stop());

  test('a fresh agent inherits every default', async () => {
    const got = (await w.get(path('me'), t.token.agent)).json;
    assert.equal(got.agent_id, t.user.agent);
    assert.deepEqual(got.settings, {});
    assert.ok(got.schema.length >= 20);
    for (const row of got.schema) {
      assert.ok(row.name in got.inherited, row.name);
      assert.deepEqual(got.inherited[row.name], row.default, row.name);
      assert.ok(row.label_en && row.label_es && row.what && ['tenant', 'both'].includes(row.scope), row.name);
      if (row.type === 'choice') assert.ok(row.values.includes(row.default), row.name);
      if (row.type === 'real' || row.type === 'int') assert.ok(row.min <= row.max, row.name);
    }
  });

  test('there and back', async () => {
    const before = (await w.get(path('me'), t.token.agent)).json;
    const wanted = { briefing_time: '06:30', quiet_hours: '22:00-06:00', max_alerts_per_hour: 3, digest: true, auto_threshold: 0.9, language: 'es' };
    const res = await put('me', t.token.agent, wanted);
    assert.equal(res.status, 200, res.text);
    assert.deepEqual(res.json.settings, wanted);
    const got = await w.get(path('me'), t.token.agent);
    assert.deepEqual(got.json, res.json);
    assert.notEqual(got.json.version, before.version);
    assert.equal((await w.get('/api/v1/me', t.token.agent)).json.language, 'es', 'at once');
    const back = await put('me', t.token.agent, { briefing_time: null, max_alerts_per_hour: null, digest: null, auto_threshold: null, language: null });
    assert.deepEqual(back.json.settings, { quiet_hours: '22:00-06:00' });
    const none = await put('me', t.token.agent, { quiet_hours: null });
    assert.deepEqual(none.json.settings, { quiet_hours: null }, 'no quiet hours at all is a value');
  });

  test('one wrong value and nothing is changed', async () => {
    const rows = [
      [{ digest: true, nonsense: 1 }, 'nonsense'], [{ digest: true, briefing_time: '25:00' }, 'briefing_time'], [{ digest: true, briefing_time: 7 }, 'briefing_time'],
      [{ digest: true, auto_threshold: 1.01 }, 'auto_threshold'], [{ digest: true, auto_threshold: -0.01 }, 'auto_threshold'], [{ digest: 'yes' }, 'digest'],
      [{ digest: true, max_alerts_per_hour: 1001 }, 'max_alerts_per_hour'], [{ digest: true, max_alerts_per_hour: 2.5 }, 'max_alerts_per_hour'],
      [{ digest: true, language: 'fr' }, 'language'], [{ digest: true, quiet_hours: '21:00-21:00' }, 'quiet_hours'], [{ digest: true, 'weight.momentum': 3 }, 'weight.momentum'],
    ];
    const before = (await w.get(path('me'), t.token.agent)).json;
    for (const [settings, name] of rows) {
      const res = await put('me', t.token.agent, settings);
      assert.equal(res.status, 422, JSON.stringify(settings));
      assert.equal(res.json.where, `/settings/${name}`, res.text);
    }
    assert.deepEqual((await w.get(path('me'), t.token.agent)).json, before);
    for (const settings of [{ auto_threshold: 1 }, { auto_threshold: 0 }, { max_alerts_per_hour: 0 }, { max_alerts_per_hour: 1000 }, { briefing_time: '00:00' }, { briefing_time: '23:59' }])
      assert.equal((await put('me', t.token.agent, settings)).status, 200, JSON.stringify(settings));
    await put('me', t.token.agent, { auto_threshold: null, max_alerts_per_hour: null, briefing_time: null });
  });

  test("the team's settings are an admin's, and agents inherit them", async () => {
    for (const role of ['agent', 'team_lead']) assert.equal((await put(NOBODY, t.token[role], { digest: true })).status, 403, role);
    const res = await put(NOBODY, t.token.admin, { 'weight.momentum': 10, approve_threshold: 0.5 });
    assert.equal(res.status, 200, res.text);
    assert.deepEqual(res.json.settings, { approve_threshold: 0.5, 'weight.momentum': 10 });
    assert.equal(res.json.inherited['weight.momentum'], 15, 'the default');
    const agent = (await w.get(path('me'), t.token.agent)).json;
    assert.equal(agent.inherited['weight.momentum'], 10);
    assert.equal(agent.inherited.approve_threshold, 0.5);
    assert.equal((await put(t.user.agent, t.token.team_lead, { approve_threshold: 0.4 })).status, 200, 'a team lead for his agents');
    assert.equal((await w.get(path('me'), t.token.agent)).json.settings.approve_threshold, 0.4);
  });

  test('If-Match: what somebody else changed meanwhile is not overwritten', async () => {
    const read = await w.get(path('me'), t.token.agent);
    const match = { 'if-match': read.headers.get('etag') };
    assert.equal((await put('me', t.token.agent, { digest: true }, match)).status, 200);
    const late = await put('me', t.token.agent, { digest: false }, match);
    assert.equal(late.status, 409, late.text);
    assert.equal((await w.get(path('me'), t.token.agent)).json.settings.digest, true);
    assert.equal((await put('me', t.token.agent, { digest: null }, { 'if-match': '*' })).status, 200);
  });

  test('a new hour moves the waiting briefing at once', async () => {
    const next = async () => (await w.get('/api/v1/operations', t.token.admin)).json.jobs.find((j) => j.name === 'briefing').next_at;
    const local = (at) => new Intl.DateTimeFormat('en-GB', { timeZone: 'America/Denver', hour: '2-digit', minute: '2-digit' }).format(new Date(at));
    assert.equal((await put(NOBODY, t.token.admin, { briefing_time: '05:15' })).status, 200);
    assert.equal(local(await next()), '05:15', "by the team's setting");
    for (const role of ['agent', 'team_lead', 'admin']) assert.equal((await put(t.user[role], t.token.admin, { briefing_time: '05:45' })).status, 200);
    assert.equal(local(await next()), '05:45', "by each agent's own");
    for (const role of ['agent', 'team_lead', 'admin']) await put(t.user[role], t.token.admin, { briefing_enabled: false });
    assert.ok(!(await w.get('/api/v1/operations', t.token.admin)).json.jobs.some((j) => j.next_at), 'nobody wants one');
  });
});
