// What comes in: signatures, repeats, unknown places, the workflow's secret, the website script, and what becomes of it.
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { World, skip, until } from './world.mjs';

const source = join(dirname(fileURLToPath(import.meta.url)), '../../data/site/t.js');

describe('webhooks', { skip }, () => {
  let w, t;

  before(async () => {
    w = await World.start();
    t = await w.tenant('h');
    assert.equal((await w.contact(t, 'ana')).status, 200);
    await w.lead(t, 'ana');
  });
  after(() => w?.stop());

  const timeline = async (contact) => {
    const lead = await w.lead(t, contact);
    return (await w.get(`/api/v1/leads/${lead.id}/timeline?limit=500`, t.token.admin)).json.events;
  };
  const body = (more = {}) => JSON.stringify({
    type: 'InboundMessage', locationId: t.location, webhookId: randomUUID(), contactId: 'ana', messageType: 'SMS', direction: 'inbound', body: 'hello', dateAdded: new Date().toISOString(), ...more,
  });

  test('a right signature is taken and ends on the timeline under its webhookId', async () => {
    const id = randomUUID();
    const res = await w.webhook(body({ webhookId: id, body: 'Is it still available? ¿Sí? 🏠' }));
    assert.equal(res.status, 200, res.text);
    assert.deepEqual(res.json, { accepted: 1, duplicates: 0 });
    const item = await until('the message', async () => (await timeline('ana')).find((e) => e.source_id === id));
    assert.equal(item.kind, 'message_in');
    assert.equal(item.text, 'Is it still available? ¿Sí? 🏠');
    assert.equal(item.source, 'ghl');
  });

  test('anything else about the signature is 401', async () => {
    const raw = body();
    const right = w.signature(raw);
    const flipped = Buffer.from(right, 'base64');
    flipped[5] ^= 1;
    const rows = {
      missing: {}, empty: { 'x-ghl-signature': '' }, 'not given': { 'x-ghl-signature': 'N/A' }, 'no base64': { 'x-ghl-signature': '***' },
      'one bit': { 'x-ghl-signature': flipped.toString('base64') }, 'another key': { 'x-ghl-signature': w.signature(raw, generateKeyPairSync('ed25519').privateKey) },
      'another body': { 'x-ghl-signature': w.signature(`${raw} `) }, 'the older header': { 'x-wh-signature': right }, short: { 'x-ghl-signature': right.slice(0, 40) },
      hex: { 'x-ghl-signature': Buffer.from(right, 'base64').toString('hex') }, url: { 'x-ghl-signature': `${Buffer.from(right, 'base64').toString('base64url')}_` },
    };
    for (const [what, headers] of Object.entries(rows)) {
      const res = await w.webhook(raw, headers);
      assert.equal(res.status, 401, `${what}: ${res.text}`);
      assert.match(res.type, /problem\+json/, what);
    }
    const again = await w.webhook(JSON.stringify(JSON.parse(raw), null, 2), { 'x-ghl-signature': right });
    assert.equal(again.status, 401, 'the same JSON in other bytes');
    assert.equal((await w.webhook(raw, { 'x-ghl-signature': right })).json.accepted, 1, 'nothing of all that was stored');
  });

  test('the same delivery again has no effect', async () => {
    const id = randomUUID();
    const raw = body({ webhookId: id, body: 'only once' });
    const answers = await Promise.all(Array.from({ length: 20 }, () => w.webhook(raw)));
    assert.equal(answers.filter((r) => r.status === 200).length, 20);
    assert.equal(answers.reduce((n, r) => n + r.json.accepted, 0), 1);
    assert.equal(answers.reduce((n, r) => n + r.json.duplicates, 0), 19);
    const changed = await w.webhook(body({ webhookId: id, body: 'the id tells, not the text' }));
    assert.equal(changed.json.duplicates, 1);
    await until('it', async () => (await timeline('ana')).some((e) => e.source_id === id));
    assert.equal((await timeline('ana')).filter((e) => e.source_id === id).length, 1);
  });

  test('without an id the body tells repeats', async () => {
    const raw = body({ webhookId: undefined, body: 'without id' });
    assert.equal((await w.webhook(raw)).json.accepted, 1);
    assert.equal((await w.webhook(raw)).json.duplicates, 1);
    const spaced = raw.replace('{', '{ ');
    assert.equal((await w.webhook(spaced)).json.accepted, 1, 'other bytes are another delivery');
  });

  test('an unknown location is acknowledged and forgotten; an unknown type is kept and ignored', async () => {
    const res = await w.webhook(body({ locationId: 'nowhere' }));
    assert.equal(res.status, 200, res.text);
    assert.equal(res.json.accepted, 0);
    assert.equal(res.json.ignored, true);
    const type = await w.webhook(body({ type: 'SomethingNew' }));
    assert.equal(type.status, 200, type.text);
    assert.equal((await w.get('/api/v1/dead-letters', t.token.admin)).json.dead_letters.length, 0);
  });

  test('a tenant made beside the running server counts at once', async () => {
    const other = await w.tenant('late');
    assert.equal((await w.contact(other, 'late-lead')).json.accepted, 1);
    await w.lead(other, 'late-lead');
    const seen = (await w.get('/api/v1/leads?limit=500', t.token.admin)).json.leads;
    assert.ok(!seen.some((l) => l.contact_id === 'late-lead'));
  });

  test("the workflow's webhook asks for the secret in its path", async () => {
    const form = { contact_id: 'form-1', first_name: 'Eve', email: 'eve@people.example', location: { id: t.location }, 'When do you want to sell?': 'As soon as possible' };
    const ask = (secret, b = form) => w.post(`/webhooks/ghl/workflow/${secret}`, undefined, b);
    for (const secret of ['x', t.workflow_secret.slice(0, -1), `${t.workflow_secret}x`]) assert.equal((await ask(secret)).status, 401, secret);
    assert.equal((await ask(t.workflow_secret, { ...form, location: { id: 'nowhere' } })).status, 401);
    const res = await ask(t.workflow_secret);
    assert.equal(res.status, 200, res.text);
    const item = await until('the form', async () => (await timeline('form-1')).find((e) => e.kind === 'form'));
    assert.match(item.text, /As soon as possible/);
  });

  test('a message that asks to stop ends contact', async () => {
    await w.contact(t, 'stop');
    await w.message(t, 'stop', 'STOP');
    const lead = await until('the opt-out', async () => (await w.get('/api/v1/leads?limit=500', t.token.admin)).json.leads.find((l) => l.contact_id === 'stop' && l.opted_out));
    const all = (await w.get(`/api/v1/leads/${lead.id}`, t.token.admin)).json;
    assert.equal(all.consent.opted_out, true);
    assert.ok(all.consent.opted_out_at);
    assert.equal(all.score.message, null, 'nothing is suggested to be written');
    assert.equal(all.do_now, null);
  });

  test('events of programs: one, many, and each wrong one by its index', async () => {
    const events = [{ id: 'e1', contact_id: 'ana', kind: 'pricing_tool', seconds: 60 }, { id: 'e2', contact_id: 'ana', kind: 'nonsense' }, { id: 'e3', contact_id: 'ana', kind: 'favorite', ref: 'MLS1' }];
    const res = await w.post('/api/v1/events', t.token.service, { events });
    assert.equal(res.status, 202, res.text);
    assert.equal(res.json.accepted, 2);
    assert.deepEqual(res.json.rejected.map((r) => [r.index, r.where]), [[1, '/kind']]);
    assert.equal((await w.post('/api/v1/events', t.token.service, { events })).json.duplicates, 2);
    await until('both', async () => (await timeline('ana')).filter((e) => ['e1', 'e3'].includes(e.source_id)).length === 2);
    const most = Array.from({ length: 501 }, (_, i) => ({ id: `m${i}`, contact_id: 'ana', kind: 'property_search' }));
    assert.equal((await w.post('/api/v1/events', t.token.service, { events: most })).status, 422);
    assert.equal((await w.post('/api/v1/events', t.token.service, { events: most.slice(1) })).json.accepted, 500);
  });

  test('the website script’s reports: only behaviour, only of a visitor', async () => {
    const tell = (events, site = t.site_key) => w.ask('POST', '/t', { raw: JSON.stringify({ site, events }), headers: { 'content-type': 'text/plain;charset=UTF-8' } });
    assert.equal((await tell([{ visitor: 'v1', kind: 'property_view', seconds: 9 }])).json.accepted, 1);
    assert.equal((await tell([{ visitor: 'v1', kind: 'property_view' }], 'no-such-site')).status, 404);
    for (const more of [{ email: 'a@b.example' }, { lead_id: randomUUID() }, { contact_id: 'ana' }, { phone: '+13055550100' }, { text: 'x' }, { contact: { name: 'x' } }])
      assert.equal((await tell([{ visitor: 'v1', kind: 'property_view', ...more }])).status, 422, JSON.stringify(more));
    for (const kind of ['message_in', 'contact', 'opportunity', 'action']) assert.equal((await tell([{ visitor: 'v1', kind }])).json.rejected?.length, 1, kind);
    assert.equal((await tell([{ visitor: 'v1', kind: 'property_view', opt_out: true }])).json.rejected?.length, 1);
  });

  // The script itself, in a page made of the few things it touches.
  const page = (over = {}) => {
    const sent = [];
    const on = {};
    const kept = new Map();
    const body = { attributes: { ...over.body }, getAttribute(n) { return this.attributes[n] ?? null; }, hasAttribute(n) { return n in this.attributes; }, nodeType: 1 };
    const timers = [];
    const context = {
      navigator: { sendBeacon: (to, text) => { sent.push({ to, ...JSON.parse(text) }); return true; }, ...over.navigator },
      document: { currentScript: { src: 'https://crm.example/t.js', getAttribute: () => (over.site === undefined ? t.site_key : over.site) }, body, visibilityState: 'visible', addEventListener: (n, f) => { (on[n] ??= []).push(f); } },
      location: { origin: 'https://team.example', pathname: over.path ?? '/', search: '?secret=1' },
      localStorage: { getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => kept.set(k, v), removeItem: (k) => kept.delete(k) },
      crypto: { getRandomValues: (b) => b.map((_, i) => { b[i] = Math.floor(Math.random() * 256); return 0; }) },
      URL, JSON, Uint8Array, Date: { now: () => context.clock }, setTimeout: (f) => timers.push(f), clearTimeout: () => {}, clock: 1e12, addEventListener: (n, f) => { (on[n] ??= []).push(f); },
    };
    context.window = context;
    if (over.kept) kept.set('leadlight.visitor', over.kept);
    vm.runInNewContext(readFileSync(source, 'utf8'), context);
    return { sent, kept, context, fire: (name, event = {}) => (on[name] ?? []).forEach((f) => f(event)), flush: () => timers.splice(0).forEach((f) => f()) };
  };

  test('the script tells a listing’s dwell time once, and the server takes what it sends', async () => {
    const p = page({ path: '/listing/elm-st-17' });
    p.context.clock += 42_000;
    p.fire('pagehide');
    p.fire('pagehide');
    const events = p.sent.flatMap((m) => m.events);
    assert.equal(events.length, 1, JSON.stringify(p.sent));
    assert.equal(p.sent[0].to, 'https://crm.example/t');
    assert.deepEqual([events[0].kind, events[0].seconds, events[0].url], ['property_view', 42, 'https://team.example/listing/elm-st-17']);
    assert.match(events[0].visitor, /^[0-9a-f]{32}$/);
    assert.equal(p.kept.get('leadlight.visitor'), events[0].visitor);
    const { to: _, ...sent } = p.sent[0];
    const res = await w.ask('POST', '/t', { raw: JSON.stringify(sent), headers: { 'content-type': 'text/plain;charset=UTF-8' } });
    assert.deepEqual([res.status, res.json.accepted, res.json.rejected], [202, 1, []], res.text);
    assert.equal((await w.get('/t.js')).text, readFileSync(source, 'utf8'), 'what is served is this file');
  });

  test('the script knows pages by address and marks, and is still for who asked for it', () => {
    const kinds = { '/home-value': 'pricing_tool', '/tools/mortgage-calculator': 'pricing_tool', '/market-report/miami': 'market_report', '/neighborhoods/coral-gables': 'neighborhood_research', '/search': undefined, '/home-search': 'property_search', '/about': undefined };
    for (const [path, kind] of Object.entries(kinds)) {
      const p = page({ path });
      p.flush();
      assert.equal(p.sent.flatMap((m) => m.events)[0]?.kind, kind, path);
    }
    const marked = page({ body: { 'data-leadlight': 'market_report', 'data-leadlight-ref': 'R7' } });
    marked.flush();
    assert.deepEqual([marked.sent[0].events[0].kind, marked.sent[0].events[0].ref], ['market_report', 'R7']);
    for (const navigator of [{ doNotTrack: '1' }, { globalPrivacyControl: true }]) {
      const p = page({ path: '/home-value', navigator, kept: 'a'.repeat(32) });
      p.flush();
      p.fire('pagehide');
      assert.deepEqual(p.sent, []);
      assert.equal(p.kept.size, 0, 'and a kept id is forgotten');
    }
    assert.deepEqual(page({ path: '/home-value', site: null }).sent, []);
  });

  test('dead letters: nothing to replay is 404 of every form', async () => {
    for (const id of ['inbox:1', 'inbox:999999', 'inbox:x', 'inbox:-1', `outbox:${randomUUID()}`, 'outbox:x', 'x', 'inbox:9223372036854775808'])
      assert.equal((await w.post(`/api/v1/dead-letters/${encodeURIComponent(id)}/replay`, t.token.admin, {})).status, 404, id);
  });
});
