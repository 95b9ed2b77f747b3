// Who may do what: every route of /openapi.json with every role, and with another tenant's ids.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { NOBODY, ROLES, World, skip } from './world.mjs';

const MAY = {
  public: ['none', ...ROLES], agent: ROLES, team_lead: ['team_lead', 'admin', 'service'], admin: ['admin', 'service'], service: ['admin', 'service'],
};

describe('access', { skip }, () => {
  let w, a, b, routes, theirs;

  before(async () => {
    w = await World.start();
    a = await w.tenant('a');
    b = await w.tenant('b');
    const doc = (await w.get('/openapi.json')).json;
    routes = Object.entries(doc.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, op]) => ({
      method: method.toUpperCase(), path, access: op['x-access'], op,
      example: Object.values(op.requestBody?.content ?? {})[0]?.example, type: Object.keys(op.requestBody?.content ?? {})[0],
    })));
    const { lead, alert } = await w.alarmed(b, 'theirs');
    theirs = { agent_id: b.user.agent, lead_id: lead.id, alert_id: alert.id };
    const approvals = (await w.get('/api/v1/approvals', b.token.agent)).json.approvals;
    if (approvals.length > 0) {
      theirs.approval_id = approvals[0].id;
      theirs.decision_id = approvals[0].decision_id;
    }
  });
  after(() => w?.stop());

  const request = (route, token, ids) => {
    const path = route.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(ids[name] ?? randomUUID()));
    const query = route.path === '/api/v1/imports' ? '?kind=leads&dry_run=1' : '';
    const options = { token };
    if (route.example !== undefined) {
      options.raw = typeof route.example === 'string' ? route.example : JSON.stringify(route.example);
      options.headers = { 'content-type': route.type };
    }
    return route.path.endsWith('/stream') ? stream(path, token) : w.ask(route.method, path + query, options);
  };
  // A stream does not end: only how it begins counts here.
  const stream = async (path, token) => {
    const stop = new AbortController();
    const res = await fetch(w.url + path, { headers: token ? { authorization: `Bearer ${token}` } : {}, signal: stop.signal });
    const type = res.headers.get('content-type') ?? '';
    const text = res.status === 200 ? '' : await res.text();
    stop.abort();
    return { status: res.status, type, text, json: text ? JSON.parse(text) : undefined };
  };

  const isProblem = (res, status, what) => {
    assert.equal(res.status, status, `${what}: ${res.text}`);
    assert.match(res.type, /^application\/problem\+json/, what);
    assert.equal(res.json.status, status, what);
    assert.ok(res.json.title && res.json.type, what);
  };

  test('the document names every route it needs', () => {
    assert.ok(routes.length >= 30);
    for (const r of routes) assert.ok(MAY[r.access], `${r.method} ${r.path}: ${r.access}`);
    assert.ok(routes.some((r) => r.access === 'admin') && routes.some((r) => r.access === 'service'));
  });

  test('every route with every role', async () => {
    for (const r of routes) {
      for (const role of ['none', ...ROLES]) {
        const what = `${r.method} ${r.path} as ${role}`;
        let token = role === 'none' ? undefined : a.token[role];
        if (r.method === 'DELETE' && token) token = (await w.cli('token', 'create', '--tenant', a.id, '--role', role, ...(a.user[role] ? ['--user', a.user[role]] : []))).token;
        const res = await request(r, token, { agent_id: a.user.agent });
        if (MAY[r.access].includes(role)) {
          if (r.access === 'public') assert.notEqual(res.status, 403, what); // webhooks and sign-in may say 401 to what is in the body
          else assert.ok(res.status !== 401 && res.status !== 403, `${what}: ${res.status} ${res.text}`);
          assert.ok(res.status < 500, `${what}: ${res.status} ${res.text}`);
        } else {
          isProblem(res, role === 'none' ? 401 : 403, what);
        }
      }
    }
  });

  test('wrong, foreign, ended and revoked tokens', async () => {
    const made = await w.cli('token', 'create', '--tenant', a.id, '--role', 'agent', '--user', a.user.agent);
    assert.equal((await w.get('/api/v1/me', made.token)).status, 200);
    await w.command('token', 'revoke', '--tenant', a.id, '--token', made.id);
    const [head, body, mac] = a.token.agent.split('.');
    const claims = JSON.parse(Buffer.from(body, 'base64url'));
    const altered = Buffer.from(JSON.stringify({ ...claims, role: 'admin' })).toString('base64url');
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
    const wrong = { revoked: made.token, 'another role': `${head}.${altered}.${mac}`, 'no algorithm': `${none}.${body}.`, cut: a.token.agent.slice(0, -2), empty: 'x', long: 'x'.repeat(5000) };
    for (const [what, token] of Object.entries(wrong)) {
      const res = what === 'revoked' ? await untilStatus(() => w.get('/api/v1/me', token), 401) : await w.get('/api/v1/me', token);
      isProblem(res, 401, what);
      assert.equal(res.headers.get('www-authenticate'), 'Bearer', what);
    }
    const basic = await w.ask('GET', '/api/v1/me', { headers: { authorization: 'Basic YTpi' } });
    isProblem(basic, 401, 'another scheme');
  });
  const untilStatus = async (probe, status) => {
    let res;
    for (let i = 0; i < 200; i++) {
      res = await probe();
      if (res.status === status) return res;
      await new Promise((done) => setTimeout(done, 15));
    }
    return res;
  };

  const plain = (res) => {
    const { request_id: _, ...json } = res.json ?? {};
    return { status: res.status, type: res.type, json };
  };

  test("another tenant's ids answer exactly like missing ones", async () => {
    assert.ok(theirs.lead_id && theirs.alert_id && theirs.agent_id);
    let compared = 0;
    for (const r of routes) {
      const names = [...r.path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]);
      if (names.length === 0 || !names.every((n) => theirs[n])) continue;
      for (const role of ROLES) {
        const foreign = await request(r, a.token[role], theirs);
        const missing = await request(r, a.token[role], {});
        const what = `${r.method} ${r.path} as ${role}`;
        assert.equal(foreign.status, 404, `${what}: ${foreign.text}`);
        assert.deepEqual(plain(foreign), plain(missing), what);
        compared++;
      }
    }
    assert.ok(compared >= 9 * ROLES.length, `${compared} compared`);
    for (const path of ['/api/v1/approvals', '/api/v1/outgoing', '/api/v1/leads']) {
      for (const role of ROLES) {
        const foreign = await w.get(`${path}?agent_id=${theirs.agent_id}`, a.token[role]);
        const missing = await w.get(`${path}?agent_id=${randomUUID()}`, a.token[role]);
        assert.deepEqual(plain(foreign), plain(missing), `${path} as ${role}`);
        assert.ok(!foreign.text.includes(theirs.lead_id));
      }
    }
    assert.equal((await w.get(`/api/v1/leads/${theirs.lead_id}`, b.token.agent)).status, 200, 'their own agent still sees it');
  });

  test('nothing of the other tenant is in any list', async () => {
    const ids = Object.values(theirs);
    for (const r of routes.filter((x) => x.method === 'GET' && x.path.startsWith('/api/') && !x.path.endsWith('/stream'))) {
      const res = await request(r, a.token.admin, { agent_id: a.user.agent });
      for (const id of ids) assert.ok(!res.text.includes(id), `${r.path} shows ${id}`);
    }
  });

  test('an agent sees himself, a team lead everybody of the team', async () => {
    const other = (await w.cli('user', 'create', '--tenant', a.id, '--role', 'agent', '--name', 'Other', '--email', 'other@a.example')).id;
    for (const path of [`/api/v1/insights/real-time-alerts/${other}`, `/api/v1/actions/log/${other}`, `/api/v1/automation/settings/${other}`, `/api/v1/leads?agent_id=${other}`]) {
      isProblem(await w.get(path, a.token.agent), 404, `${path} as agent`);
      assert.equal((await w.get(path, a.token.team_lead)).status, 200, `${path} as team lead`);
    }
    isProblem(await w.get(`/api/v1/automation/settings/${NOBODY}`, a.token.team_lead), 403, "the team's settings as team lead");
    assert.equal((await w.get(`/api/v1/automation/settings/${NOBODY}`, a.token.admin)).status, 200);
    const { lead } = await w.alarmed(a, 'ours');
    assert.equal((await w.get(`/api/v1/leads/${lead.id}`, a.token.agent)).status, 200);
    const otherToken = (await w.cli('token', 'create', '--tenant', a.id, '--role', 'agent', '--user', other)).token;
    isProblem(await w.get(`/api/v1/leads/${lead.id}`, otherToken), 404, "a colleague's lead");
    assert.deepEqual((await w.get('/api/v1/leads', otherToken)).json.leads, []);
  });

  test('signing in: cookie, its header against foreign pages, signing out', async () => {
    const bad = await w.post('/api/v1/session', undefined, { email: 'agent@a.example', password: 'no' });
    isProblem(bad, 401, 'wrong password');
    const nobody = await w.post('/api/v1/session', undefined, { email: 'nobody@a.example', password: 'no' });
    assert.deepEqual(plain(nobody), plain(bad), 'an unknown address answers like a wrong password');
    const res = await w.post('/api/v1/session', undefined, { email: 'agent@a.example', password: 'secret of a' });
    assert.equal(res.status, 200, res.text);
    assert.equal(res.json.user.id, a.user.agent);
    const set = res.headers.get('set-cookie');
    assert.match(set, /^leadlight_session=[^;]+;/);
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/']) assert.ok(set.includes(part), set);
    const cookie = set.split(';')[0];
    assert.equal((await w.ask('GET', '/api/v1/me', { headers: { cookie } })).status, 200);
    const put = (headers) => w.ask('PUT', '/api/v1/automation/settings/me', { headers: { cookie, ...headers }, body: { settings: {} } });
    isProblem(await put({}), 403, 'without the header');
    assert.equal((await put({ 'x-leadlight': '1' })).status, 200);
    isProblem(await w.ask('DELETE', '/api/v1/session', { headers: { cookie } }), 403, 'signing out without the header');
    assert.equal((await w.ask('DELETE', '/api/v1/session', { headers: { cookie, 'x-leadlight': '1' } })).status, 204);
    isProblem(await w.ask('GET', '/api/v1/me', { headers: { cookie } }), 401, 'after signing out');
  });

  test('guessing passwords is slowed down', async () => {
    const codes = [];
    for (let i = 0; i < 14; i++) codes.push((await w.post('/api/v1/session', undefined, { code: `guess-${i}` })).status);
    assert.ok(codes.includes(429), codes.join(' '));
  });
});
