// Serves web/dist and canned answers, to look at the dashboard in states that are hard to bring about: empty, full, failing,
// gone. It knows nothing of what the real server does; the end-to-end test is elsewhere.
//
// By hand: node tests/web/fake-server.mjs [port] [mode] [en|es]
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import * as data from './fake-data.mjs';

const DIST = fileURLToPath(new URL('../../web/dist/', import.meta.url));
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; manifest-src 'self'; "
  + "worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.png': 'image/png', '.webmanifest': 'application/manifest+json', '.txt': 'text/plain' };

class Fake {
  constructor(options) {
    this.o = { mode: 'full', language: 'en', role: 'admin', demo: true, leads: 10_000, signedIn: true, ...options };
    this.calls = [];
    this.streams = new Set();
    this.alerts = this.o.mode === 'empty' ? [] : [0, 1, 2, 3, 4].map((n) => data.alert(this.o, n));
    this.approvals = this.o.mode === 'empty' ? [] : [0, 1].map((n) => data.approval(this.o, n));
    this.dead = this.o.mode === 'empty' ? [] : [0, 1].map((n) => data.deadLetter(n));
    this.settings = data.settings();
    this.lastEvent = 0;
  }

  push(event, body, id = '') {
    for (const res of this.streams) res.write(`event: ${event}\n${id && `id: ${id}\n`}data: ${JSON.stringify(body)}\n\n`);
  }

  dropStreams() {
    for (const res of this.streams) res.destroy();
    this.streams.clear();
  }

  problem(res, status, title, detail = '', where = '') {
    const type = 'application/problem+json';
    res.writeHead(status, { 'content-type': type }).end(JSON.stringify({ type: `urn:leadlight:problem:${status}`, title, status, detail, where, request_id: 'req-7f3a' }));
  }

  json(req, res, body, status = 200) {
    const text = JSON.stringify(body);
    let hash = 0;
    for (const ch of text) hash = (hash * 31 + ch.codePointAt(0)) >>> 0;
    const etag = `"${hash.toString(16)}-${text.length}"`;
    if (req.method === 'GET' && req.headers['if-none-match'] === etag) return res.writeHead(304, { etag }).end();
    res.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'private, no-cache', etag }).end(text);
  }

  stream(res) {
    res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    res.write('retry: 300\n\n');
    this.streams.add(res);
    res.on('close', () => this.streams.delete(res));
  }

  leads(req, res, query) {
    const total = this.o.mode === 'empty' ? 0 : this.o.leads;
    const q = (query.get('q') ?? '').toLowerCase();
    const min = Number(query.get('min_likelihood') ?? 0);
    const limit = Number(query.get('limit') ?? 50);
    const from = Number(query.get('cursor') ?? 0);
    const rows = [];
    let n = from;
    for (; n < total && rows.length < limit; n++) {
      const row = data.leadRow(n, total);
      const fits = row.name.toLowerCase().includes(q) && row.likelihood >= min && (!query.get('intent') || row.intent === query.get('intent'));
      if (fits) rows.push(row);
    }
    this.json(req, res, { leads: rows, next_cursor: n < total ? String(n) : null });
  }

  get(req, res, path, query) {
    const { o } = this;
    const lead = /^\/api\/v1\/leads\/([^/]+)(\/timeline|\/score)?$/.exec(path);
    if (path === '/api/v1/me') return this.json(req, res, data.me(o));
    if (path.endsWith('/stream')) return this.stream(res);
    if (o.mode === 'failing') return this.problem(res, 503, 'Overloaded', 'The database does not answer.');
    if (path.startsWith('/api/v1/insights/daily-briefing/')) {
      if (o.mode === 'early') return this.problem(res, 404, 'No briefing yet', o.language === 'es' ? 'Se hace a las 7:00.' : 'It is made at 7:00.');
      return this.json(req, res, data.briefing(o));
    }
    if (path.startsWith('/api/v1/insights/real-time-alerts/')) return this.json(req, res, { alerts: this.alerts, next_cursor: null });
    if (path === '/api/v1/approvals') return this.json(req, res, { approvals: this.approvals, next_cursor: null });
    if (path.startsWith('/api/v1/decisions/')) return this.json(req, res, data.decision(o, path.split('/').pop()));
    if (path === '/api/v1/leads') return this.leads(req, res, query);
    if (lead) {
      const n = Number(lead[1].slice(-12)) - 100;
      if (!(n >= 0 && n < o.leads)) return this.problem(res, 404, 'No such lead');
      return this.json(req, res, lead[2] === '/timeline' ? data.timeline(o) : lead[2] ? data.lead(o, n).score : data.lead(o, n));
    }
    if (path.startsWith('/api/v1/automation/settings/')) return this.json(req, res, this.settings);
    if (path.startsWith('/api/v1/actions/log/')) return this.json(req, res, o.mode === 'empty' ? { actions: [], next_cursor: null } : data.log(o));
    if (path === '/api/v1/outgoing') {
      return this.json(req, res, { outgoing: o.mode === 'empty' ? [] : [0, 1, 2, 3, 4, 5, 6].map((n) => data.outgoing(o, n)), next_cursor: null });
    }
    if (path === '/api/v1/operations') return this.json(req, res, data.operations(o));
    if (path === '/api/v1/dead-letters') return this.json(req, res, { dead_letters: this.dead, next_cursor: null });
    return this.problem(res, 404, 'No such address');
  }

  changeAlert(req, res, id, verb) {
    const n = Number(id.slice(-12)) - 300;
    const status = { snooze: 'snoozed', dismiss: 'dismissed', reopen: 'open' }[verb];
    const changed = data.alert(this.o, n, { status });
    this.alerts = this.alerts.filter((a) => a.id !== id);
    if (status === 'open') this.alerts.unshift(changed);
    this.push('alert_changed', changed, id);
    this.json(req, res, changed);
  }

  put(req, res, body) {
    for (const [name, value] of Object.entries(body.settings)) {
      const row = this.settings.schema.find((r) => r.name === name);
      if (row?.name === 'quiet_hours' && value !== null && !/^\d\d:\d\d-\d\d:\d\d$/.test(value)) {
        return this.problem(res, 422, 'Not a span of hours', 'Write it as 21:00-07:00.', `/settings/${name}`);
      }
    }
    for (const [name, value] of Object.entries(body.settings)) {
      if (value === null) delete this.settings.settings[name];
      else this.settings.settings[name] = value;
    }
    this.settings.version++;
    this.json(req, res, this.settings);
  }

  post(req, res, path, body) {
    if (path === '/api/v1/session') {
      const ok = body.code ? body.code === 'good' : body.password === 'open sesame';
      if (!ok) return this.problem(res, 401, 'Wrong');
      this.o.signedIn = true;
      return this.json(req, res, { user: data.me(this.o) });
    }
    const alert = /^\/api\/v1\/alerts\/([^/]+)\/(snooze|dismiss|reopen)$/.exec(path);
    if (alert) return this.changeAlert(req, res, alert[1], alert[2]);
    const approval = /^\/api\/v1\/approvals\/([^/]+)\/(approve|reject)$/.exec(path);
    if (approval) {
      const found = this.approvals.find((a) => a.id === approval[1]);
      if (!found || this.o.conflict) return this.problem(res, 409, 'No longer pending', 'It lapsed at noon.');
      this.approvals = this.approvals.filter((a) => a !== found);
      return this.json(req, res, { ...found, state: approval[2] === 'approve' ? 'approved' : 'rejected', text: body.text ?? found.text });
    }
    const replay = /^\/api\/v1\/dead-letters\/([^/]+)\/replay$/.exec(path);
    if (replay) {
      this.dead = this.dead.filter((d) => d.id !== replay[1]);
      return res.writeHead(202).end();
    }
    return this.problem(res, 404, 'No such address');
  }

  async api(req, res, url) {
    const { o } = this;
    let text = '';
    for await (const chunk of req) text += chunk;
    const body = text ? JSON.parse(text) : {};
    this.calls.push({ method: req.method, path: url.pathname, query: url.search, body, key: req.headers['idempotency-key'], etag: req.headers['if-none-match'] ?? '' });
    if (!o.signedIn && url.pathname !== '/api/v1/session') return this.problem(res, 401, 'Sign in first');
    if (req.method === 'GET') return this.get(req, res, url.pathname, url.searchParams);
    if (req.headers['x-leadlight'] !== '1') return this.problem(res, 403, 'The X-Leadlight header is missing');
    if (req.method === 'DELETE' && url.pathname === '/api/v1/session') {
      o.signedIn = false;
      return res.writeHead(204).end();
    }
    if (req.method === 'PUT') return this.put(req, res, body);
    return this.post(req, res, url.pathname, body);
  }

  file(res, path) {
    const name = normalize(path).replace(/^\/+/, '');
    const full = join(DIST, name);
    const found = name !== '' && full.startsWith(DIST) && existsSync(full) && statSync(full).isFile();
    const file = found ? full : join(DIST, 'index.html');
    res.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'content-security-policy': CSP, 'x-content-type-options': 'nosniff',
      'content-encoding': 'gzip', 'referrer-policy': 'no-referrer', 'cache-control': name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    });
    res.end(gzipSync(readFileSync(file)));
  }
}

/** Listens on 127.0.0.1; `port` 0 lets the system choose. */
export async function startFake(options = {}, port = 0) {
  const fake = new Fake(options);
  const server = createServer((req, res) => {
    const url = new URL(req.url, 'http://fake');
    if (url.pathname.startsWith('/api/')) fake.api(req, res, url).catch((e) => fake.problem(res, 500, String(e)));
    else fake.file(res, url.pathname);
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  fake.url = `http://127.0.0.1:${server.address().port}`;
  fake.port = server.address().port;
  fake.close = () => new Promise((resolve) => {
    fake.dropStreams();
    server.close(resolve);
    server.closeAllConnections();
  });
  return fake;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const fake = await startFake({ mode: process.argv[3] ?? 'full', language: process.argv[4] ?? 'en' }, Number(process.argv[2] ?? 8099));
  console.log(fake.url);
}
