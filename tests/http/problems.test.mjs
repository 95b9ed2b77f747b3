// What is wrong with a request is said as a problem document, whatever is wrong.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { World, skip } from './world.mjs';

describe('problems', { skip }, () => {
  let w, t, bodies;

  before(async () => {
    w = await World.start();
    t = await w.tenant('p');
    const doc = (await w.get('/openapi.json')).json;
    bodies = Object.entries(doc.paths).flatMap(([path, methods]) => Object.entries(methods)
      .filter(([, op]) => op.requestBody && op.requestBody.required)
      .map(([method, op]) => ({ method: method.toUpperCase(), path, op, type: Object.keys(op.requestBody.content)[0], max: op['x-body-max'] })));
  });
  after(() => w?.stop());

  const send = (r, raw, type = r.type) => {
    const path = r.path.replace('{agent_id}', 'me').replace('{secret}', t.workflow_secret).replace(/\{\w+\}/g, () => randomUUID());
    const headers = { 'content-type': type };
    if (r.path === '/webhooks/ghl') headers['x-ghl-signature'] = w.signature(raw);
    const token = r.op['x-access'] === 'public' ? undefined : r.op['x-access'] === 'agent' ? t.token.agent : t.token.admin;
    return w.ask(r.method, path + (r.path === '/api/v1/imports' ? '?kind=leads' : ''), { raw, headers, token });
  };
  const isProblem = (res, status, what) => {
    assert.ok([status].flat().includes(res.status), `${what}: ${res.status} instead of ${status}: ${res.text.slice(0, 300)}`);
    assert.match(res.type, /^application\/problem\+json/, what);
    assert.equal(res.json.status, res.status, what);
    assert.ok(res.json.type && res.json.title, what);
    assert.ok((res.json.detail ?? '').length > 3, `${what}: ${res.text}`);
  };
  const json = () => bodies.filter((r) => r.type === 'application/json');

  test('there are bodies to try', () => { assert.ok(json().length >= 10, `${json().length}`); });

  test('broken JSON is 400', async () => {
    const broken = ['{', '', '{"a":1,}', '{"a":1}x', "{'a':1}", '{"a":1,"a":2}', 'nul', '{"a":NaN}', '\ufeff{', '{"a":"\u0001"}'];
    for (const r of json()) for (const raw of broken) isProblem(await send(r, raw), 400, `${r.method} ${r.path} ${JSON.stringify(raw)}`);
    for (const r of json()) isProblem(await send(r, Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])), 400, `${r.path}: not UTF-8`);
  });

  test('well-formed JSON that is not what was asked is 422', async () => {
    for (const r of json()) for (const raw of ['[]', '3', '"text"', 'null', 'true', '[{"a":1}]']) isProblem(await send(r, raw), 422, `${r.method} ${r.path} ${raw}`);
  });

  test('members of the wrong type are 422 and named', async () => {
    const rows = [
      ['POST', `/api/v1/alerts/${randomUUID()}/snooze`, { minutes: 'ten' }, '/minutes'],
      ['POST', `/api/v1/alerts/${randomUUID()}/snooze`, { minutes: 1.5 }, '/minutes'],
      ['POST', `/api/v1/alerts/${randomUUID()}/dismiss`, {}, '/reason'],
      ['POST', `/api/v1/alerts/${randomUUID()}/dismiss`, { reason: 7 }, '/reason'],
      ['POST', `/api/v1/approvals/${randomUUID()}/approve`, { text: ['x'] }, '/text'],
      ['PUT', '/api/v1/automation/settings/me', { settings: { nonsense: 1 } }, '/settings/nonsense'],
      ['PUT', '/api/v1/automation/settings/me', { settings: [] }, '/settings'],
      ['PUT', '/api/v1/automation/settings/me', {}, '/settings'],
      ['POST', '/api/v1/session', { email: 1, password: 'x' }, '/email'],
      ['POST', '/api/v1/session', {}, '/email'],
      ['POST', '/api/v1/events', { events: {} }, '/events'],
      ['POST', '/api/v1/events', { events: [] }, '/events'],
      ['POST', '/api/v1/events', { kind: 'pricing_tool' }, '/contact_id'],
      ['POST', '/api/v1/events', { kind: 'no_such', email: 'a@b.example' }, '/kind'],
      ['POST', '/api/v1/events', { kind: 'pricing_tool', email: 'a@b.example', vaule: 1 }, '/vaule'],
      ['POST', '/t', { site: 7, events: [] }, '/site'],
    ];
    for (const [method, path, body, where] of rows) {
      const res = await w.ask(method, path, { body, token: path === '/t' || path === '/api/v1/session' ? undefined : t.token.admin });
      isProblem(res, 422, `${method} ${path} ${JSON.stringify(body)}`);
      assert.equal(res.json.where, where, `${path} ${JSON.stringify(body)}: ${res.text}`);
    }
  });

  test('queries that make no sense are 422 and named', async () => {
    const rows = [
      ['/api/v1/leads?limit=0', 'limit'], ['/api/v1/leads?limit=501', 'limit'], ['/api/v1/leads?limit=x', 'limit'], ['/api/v1/leads?cursor=%%%', 'cursor'],
      ['/api/v1/leads?cursor=abcd', 'cursor'], ['/api/v1/leads?min_likelihood=101', 'min_likelihood'], ['/api/v1/leads?min_likelihood=-1', 'min_likelihood'],
      ['/api/v1/leads?min_likelihood=nan', 'min_likelihood'], ['/api/v1/leads?intent=boiling', 'intent'], ['/api/v1/leads?agent_id=me2', 'agent_id'],
      [`/api/v1/leads?q=${'x'.repeat(101)}`, 'q'], ['/api/v1/approvals?state=maybe', 'state'], ['/api/v1/insights/real-time-alerts/me?status=new', 'status'],
      ['/api/v1/insights/daily-briefing/me?date=yesterday', 'date'], ['/api/v1/insights/daily-briefing/me?date=2026-02-30', 'date'],
    ];
    for (const [path, where] of rows) {
      if (path.includes('%%%')) continue; // not a valid escape: see below
      const res = await w.get(path, t.token.admin);
      isProblem(res, 422, path);
      assert.equal(res.json.where, where, path);
    }
    assert.equal((await w.get(`/api/v1/leads?q=${'x'.repeat(100)}`, t.token.admin)).status, 200);
    assert.equal((await w.get('/api/v1/leads?limit=500', t.token.admin)).status, 200);
    assert.equal((await w.get('/api/v1/leads?limit=1', t.token.admin)).status, 200);
  });

  test('deep nesting is refused, not followed', async () => {
    const deep = '{"a":'.repeat(2000) + '1' + '}'.repeat(2000);
    for (const r of json()) {
      if (deep.length > r.max) continue;
      isProblem(await send(r, deep), [400, 413], `${r.method} ${r.path}`);
    }
    const wide = '['.repeat(1000) + ']'.repeat(1000);
    for (const r of json()) isProblem(await send(r, wide), [400, 413], `${r.method} ${r.path} arrays`);
  });

  test('a body over its limit is 413, and one of exactly the limit is read', async () => {
    for (const r of bodies) {
      if (r.max > 2_000_000) continue;
      isProblem(await send(r, `{"a":"${'x'.repeat(r.max - 7)}"}`), 413, `${r.method} ${r.path}: one byte over`);
      const res = await send(r, `{"a":"${'x'.repeat(r.max - 8)}"}`);
      assert.notEqual(res.status, 413, `${r.method} ${r.path}: ${res.text.slice(0, 200)}`);
      assert.ok(res.status < 500, `${r.path}: ${res.text.slice(0, 200)}`);
    }
  });

  test('another type of body is 415', async () => {
    for (const r of json().filter((x) => x.op['x-access'] !== 'public'))
      isProblem(await send(r, '{}', 'application/xml'), 415, `${r.method} ${r.path}`);
  });

  test('unknown addresses are 404, known ones with another method 405', async () => {
    for (const path of ['/api/v1/nothing', '/api/v2/leads', '/api/v1/leads/a/b/c', '/webhooks/other', '/favicon.php']) isProblem(await w.get(path), 404, path);
    for (const [method, path, allow] of [['POST', '/api/v1/me', 'GET'], ['PATCH', '/api/v1/session', 'POST, DELETE'], ['GET', '/t', 'POST'], ['DELETE', '/healthz', 'GET'], ['PUT', '/api/v1/leads/x', 'GET']]) {
      const res = await w.ask(method, path, { token: t.token.admin });
      isProblem(res, 405, `${method} ${path}`);
      assert.equal(res.headers.get('allow'), allow);
    }
    for (const bad of ['not-an-id', '00000000-0000-0000-0000', `${randomUUID()}x`, '%00', '..%2f..%2fetc%2fpasswd'])
      isProblem(await w.get(`/api/v1/leads/${bad}`, t.token.admin), [400, 404], bad);
  });

  test('HEAD answers like GET, without the body', async () => {
    const get = await w.get('/api/v1/leads', t.token.admin);
    const head = await w.ask('HEAD', '/api/v1/leads', { token: t.token.admin });
    assert.equal(head.status, 200);
    assert.equal(head.text, '');
    assert.equal(head.headers.get('content-length'), String(Buffer.byteLength(get.text)));
  });

  // A client that sends all it has before it looks for an answer must get it.
  const sendSlowly = (path, headers, chunks) => new Promise((done, fail) => {
    const req = httpRequest(w.url + path, { method: 'POST', headers }, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (x) => { text += x; }).on('end', () => done({ status: res.statusCode, type: res.headers['content-type'], text, json: JSON.parse(text) }));
    });
    req.on('error', fail);
    for (const c of chunks) req.write(c);
    req.end();
  });

  test('a refused body is read to its end before the answer', async () => {
    const big = 'x'.repeat(1_200_000);
    isProblem(await sendSlowly('/webhooks/ghl', { 'content-type': 'application/json' }, [big]), 413, 'chunked, over the limit');
    isProblem(await sendSlowly('/api/v1/nothing', { 'content-length': '60000' }, ['y'.repeat(60000)]), 404, 'nobody there');
    const ok = await sendSlowly('/api/v1/events', { authorization: `Bearer ${t.token.service}`, 'content-type': 'application/json' }, ['{"kind":"pricing_', 'tool","email":"c@d.example"', '}']);
    assert.equal(ok.status, 202, ok.text);
  });

  test('imports: what is wrong is named by row and column', async () => {
    const csv = 'first_name,email,phone\nAna,ana@p.example,+13055550142\nBob,not an address,\n';
    const ask = (query, raw = csv) => w.ask('POST', `/api/v1/imports?${query}`, { raw, headers: { 'content-type': 'text/csv' }, token: t.token.admin });
    isProblem(await ask('kind=houses'), 422, 'kind');
    const res = await ask('kind=leads&dry_run=1');
    assert.equal(res.status, 200, res.text);
    assert.equal(res.json.rows, 2, res.text);
    assert.deepEqual([res.json.imported, res.json.known, res.json.rejected], [1, 0, 1], res.text);
    assert.equal(res.json.rejects[0].row, 2, res.text);
    assert.equal(res.json.rejects[0].line, 3, res.text);
    assert.equal(res.json.rejects[0].column, 'email', res.text);
    assert.equal((await w.get('/api/v1/leads?q=ana%40p.example', t.token.admin)).json.leads.length, 0, 'a dry run stores nothing');
    assert.equal((await ask('kind=leads')).json.imported, 1);
    const again = (await ask('kind=leads')).json;
    assert.deepEqual([again.imported, again.known], [0, 1], 'the same rows again change nothing');
    const found = (await w.get('/api/v1/leads?q=ana%40p.example', t.token.admin)).json.leads;
    assert.equal(found.length, 1);
  });
});
