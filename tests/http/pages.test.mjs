// What is served to browsers and watchers: pages, their policy, documents, health, metrics.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { World, skip, until } from './world.mjs';

describe('pages', { skip }, () => {
  let w;
  const html = { accept: 'text/html,application/xhtml+xml' };
  before(async () => { w = await World.start(); });
  after(() => w?.stop());

  test('the dashboard: every address of its own gets the page, under a strict policy', async () => {
    for (const path of ['/', '/leads', '/leads/0199e0a2-5b7c-7d31-9c1e-3f2a8b6c4d10', '/settings']) {
      const res = await w.get(path, undefined, html);
      assert.equal(res.status, 200, path);
      assert.match(res.type, /^text\/html/);
      const policy = res.headers.get('content-security-policy');
      for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]) assert.ok(policy.includes(part), `${part} in ${policy}`);
      assert.ok(!policy.includes('unsafe'), policy);
      assert.equal(res.headers.get('x-content-type-options'), 'nosniff');
      assert.equal(res.headers.get('referrer-policy'), 'no-referrer');
      assert.ok(res.headers.get('permissions-policy') && res.headers.get('cross-origin-opener-policy'));
      assert.ok(!/<script(?![^>]*\bsrc=)/.test(res.text) && !/\sstyle=|\son[a-z]+=/.test(res.text), 'nothing inline');
    }
    assert.equal((await w.get('/leads')).status, 404, 'who does not want a page gets none');
    assert.equal((await w.get('/api/v1/nothing', undefined, html)).status, 404);
    assert.equal((await w.get('/assets/missing.js', undefined, html)).status, 404);
    assert.equal((await w.ask('POST', '/', { raw: 'x' })).status, 404);
  });

  test('its files: kept for ever by their names, sent gzipped, asked for again with the ETag', async () => {
    const page = await w.get('/', undefined, html);
    const files = [...page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((m) => m[1]).filter((p) => !p.startsWith('/docs'));
    for (const path of files) {
      const res = await fetch(w.url + path, { headers: { 'accept-encoding': 'identity' } });
      const plain = Buffer.from(await res.arrayBuffer());
      assert.equal(res.status, 200, path);
      const hashed = path.startsWith('/assets/');
      assert.equal(res.headers.get('cache-control'), hashed ? 'public, max-age=31536000, immutable' : 'no-cache', path);
      const again = await w.get(path, undefined, { 'if-none-match': res.headers.get('etag') });
      assert.equal(again.status, 304, path);
      assert.equal((await w.get(path, undefined, { 'if-none-match': '"other"' })).status, 200);
      if (!hashed) continue;
      const zipped = await rawGet(path, { 'accept-encoding': 'br;q=0.5, gzip' });
      assert.equal(zipped.headers['content-encoding'], 'gzip', path);
      assert.equal(zipped.headers.vary, 'accept-encoding');
      assert.deepEqual(gunzipSync(zipped.body), plain, path);
      assert.equal((await rawGet(path, { 'accept-encoding': 'gzip;q=0' })).headers['content-encoding'], undefined);
    }
  });
  const rawGet = async (path, headers) => {
    const { request } = await import('node:http');
    return new Promise((done, fail) => request(w.url + path, { headers }, (res) => {
      const parts = [];
      res.on('data', (x) => parts.push(x)).on('end', () => done({ headers: res.headers, body: Buffer.concat(parts) }));
    }).on('error', fail).end());
  };

  test('/docs is one page whose style its policy names by hash', async () => {
    const res = await w.get('/docs', undefined, html);
    assert.equal(res.status, 200);
    const style = /<style>([^]*?)<\/style>/.exec(res.text)[1];
    const hash = createHash('sha256').update(style).digest('base64');
    const policy = res.headers.get('content-security-policy');
    assert.ok(policy.includes(`style-src 'sha256-${hash}'`), policy);
    assert.ok(policy.includes("default-src 'none'"));
    assert.ok(!/<(script|link|img|iframe|object|form)\b/.test(res.text), 'asks for nothing else');
    const doc = (await w.get('/openapi.json')).json;
    for (const path of Object.keys(doc.paths)) assert.ok(res.text.includes(path), path);
    for (const [, id] of res.text.matchAll(/href="#([^"]+)"/g)) assert.ok(res.text.includes(`id="${id}"`), id);
  });

  test('/openapi.json holds together', async () => {
    const doc = (await w.get('/openapi.json')).json;
    assert.equal(doc.openapi, '3.1.0');
    const at = (ref) => ref.slice(2).split('/').reduce((o, k) => o?.[k], doc);
    const ids = new Set();
    JSON.stringify(doc, (key, value) => {
      if (key === '$ref') assert.ok(at(value), value);
      return value;
    });
    for (const [path, methods] of Object.entries(doc.paths)) {
      for (const [method, op] of Object.entries(methods)) {
        const what = `${method} ${path}`;
        assert.ok(!ids.has(op.operationId), `${op.operationId} twice`);
        ids.add(op.operationId);
        assert.ok(op.summary && op.tags.length === 1 && doc.tags.some((t) => t.name === op.tags[0]), what);
        const params = op.parameters.map((p) => (p.$ref ? at(p.$ref) : p));
        assert.deepEqual(params.filter((p) => p.in === 'path').map((p) => p.name), [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]), what);
        for (const p of params) assert.ok(p.schema && ['path', 'query', 'header'].includes(p.in), `${what} ${p.name}`);
        assert.ok(Object.keys(op.responses).some((s) => /^2/.test(s)), what);
        for (const content of Object.values(op.requestBody?.content ?? {})) assert.notEqual(content.example, undefined, what);
      }
    }
  });

  test('health, readiness and metrics', async () => {
    assert.deepEqual((await w.get('/healthz')).json, { status: 'ok' });
    assert.deepEqual((await w.get('/readyz')).json, { status: 'ready' });
    const t = await w.tenant('m');
    await w.alarmed(t, 'one');
    // the alert can be read before it was handed over, which is what the figure counts
    const res = await until('the alert to be handed over', async () => {
      const now = await w.get('/metrics');
      return /^real_time_alerts_sent_total [1-9]/m.test(now.text) && now;
    });
    assert.match(res.type, /^text\/plain; version=0\.0\.4/);
    const seen = new Map();
    for (const line of res.text.trim().split('\n')) {
      if (line.startsWith('#')) {
        assert.match(line, /^# (HELP [a-z_]+ \S.*|TYPE [a-z_]+ (counter|gauge|histogram))$/, line);
        continue;
      }
      const [, name, labels, value] = /^([a-z_]+)(\{[^}]*\})? (\d+(?:\.\d+)?(?:e[+-]\d+)?)$/.exec(line) ?? [];
      assert.ok(name, line);
      assert.ok(!seen.has(name + (labels ?? '')), `${line} twice`);
      seen.set(name + (labels ?? ''), Number(value));
    }
    assert.ok(seen.get('leadlight_webhooks_accepted_total') >= 2);
    assert.ok(seen.get('real_time_alerts_sent_total') >= 1);
    assert.equal(seen.get('alert_delivery_latency_seconds_bucket{le="+Inf"}'), seen.get('alert_delivery_latency_seconds_count'));
    assert.equal(seen.get('leadlight_inbox_dead'), 0);
    assert.ok([...seen.keys()].some((k) => k.startsWith('leadlight_store_')));
    assert.ok(!res.text.includes(t.id) && !res.text.includes('people.example'), 'of no tenant or person');
  });

  test('metrics are for this machine, or for who has the token', async () => {
    const behind = await w.get('/metrics', undefined, { 'x-forwarded-for': '203.0.113.7' });
    assert.equal(behind.status, 401, 'a proxy here does not make everybody local');
    const v = await World.start({ LEADLIGHT_METRICS_TOKEN: 'watch me' });
    try {
      assert.equal((await v.get('/metrics')).status, 401);
      assert.equal((await v.get('/metrics', 'watch m')).status, 401);
      assert.equal((await v.get('/metrics', 'watch me', { 'x-forwarded-for': '203.0.113.7' })).status, 200);
    } finally {
      await v.stop();
    }
  });
});
