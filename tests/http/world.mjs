// A running server of the program under test, with a data folder, keys and people of its own.
//
// LEADLIGHT_BIN names the program; without it build/src/main/leadlight. Where there is none the tests say so and are skipped.
import { spawn, execFile } from 'node:child_process';
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const top = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const bin = process.env.LEADLIGHT_BIN || join(top, 'build/src/main/leadlight');
export const skip = existsSync(bin) ? false : `there is no program at ${bin}`;

export const ROLES = ['agent', 'team_lead', 'admin', 'service'];
export const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Waits until `probe` gives something true; asks again every few milliseconds. */
export async function until(what, probe, ms = 10_000) {
  const end = Date.now() + ms;
  for (;;) {
    const got = await probe();
    if (got) return got;
    if (Date.now() > end) throw new Error(`waited ${ms} ms for: ${what}`);
    await new Promise((done) => setTimeout(done, 15));
  }
}

export class World {
  /** Starts a server; `env` adds settings. */
  static async start(env = {}) {
    const w = new World();
    w.dir = mkdtempSync(join(tmpdir(), 'leadlight-http-'));
    const keys = generateKeyPairSync('ed25519');
    w.privateKey = keys.privateKey;
    w.env = {
      PATH: process.env.PATH, LEADLIGHT_DATA_DIR: join(w.dir, 'data'), LEADLIGHT_PORT: '0', LEADLIGHT_RATE_LIMIT: '0',
      GHL_WEBHOOK_PUBLIC_KEY: keys.publicKey.export({ type: 'spki', format: 'pem' }), ...env,
    };
    for (const name of ['ASAN_OPTIONS', 'UBSAN_OPTIONS', 'TSAN_OPTIONS']) if (process.env[name]) w.env[name] = process.env[name];
    await w.serve();
    return w;
  }

  async serve() {
    this.log = '';
    this.child = spawn(bin, ['serve'], { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const pipe of [this.child.stdout, this.child.stderr]) pipe.setEncoding('utf8').on('data', (text) => { this.log += text; });
    this.ended = new Promise((done) => this.child.on('exit', (code, signal) => done({ code, signal })));
    const port = await until('the server to say its port', () => {
      if (this.child.exitCode !== null) throw new Error(`the server ended: ${this.log}`);
      return /"event":"ready".*"port":"(\d+)"/.exec(this.log)?.[1];
    });
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Ends the server and removes its folder; the way it ended. */
  async stop() {
    this.child.kill('SIGTERM');
    const how = await this.ended;
    rmSync(this.dir, { recursive: true, force: true });
    return how;
  }

  async command(...args) {
    const { stdout } = await run(bin, args, { env: this.env });
    return stdout;
  }
  async cli(...args) { return JSON.parse(await this.command(...args, '--json')); }

  /** A tenant with people of every role and their tokens. */
  async tenant(name, zone = 'America/New_York') {
    const t = { name, location: `loc-${name}`, zone, ...(await this.cli('tenant', 'create', '--name', name, '--location', `loc-${name}`, '--zone', zone)) };
    t.user = {};
    t.token = {};
    const password = join(this.dir, `password-${name}`);
    writeFileSync(password, `secret of ${name}\n`);
    for (const role of ROLES) {
      const user = [];
      if (role !== 'service') {
        const email = `${role}@${name}.example`;
        const made = await this.cli('user', 'create', '--tenant', t.id, '--role', role, '--name', `${role} ${name}`, '--email', email,
          '--ghl-user', `ghl-${role}-${name}`, '--password-file', password);
        t.user[role] = made.id;
        user.push('--user', made.id);
      }
      t.token[role] = (await this.cli('token', 'create', '--tenant', t.id, '--role', role, ...user)).token;
    }
    return t;
  }

  /** One request; the answer with its body read. */
  async ask(method, path, { token, body, headers = {}, raw } = {}) {
    const h = { ...headers };
    if (token) h.authorization = `Bearer ${token}`;
    if (body !== undefined && !h['content-type']) h['content-type'] = 'application/json';
    const res = await fetch(this.url + path, { method, headers: h, body: raw ?? (body === undefined ? undefined : JSON.stringify(body)), redirect: 'manual' });
    const text = await res.text();
    let json;
    try { json = JSON.parse(text); } catch { json = undefined; }
    return { status: res.status, headers: res.headers, type: res.headers.get('content-type') ?? '', text, json };
  }

  get(path, token, headers) { return this.ask('GET', path, { token, headers }); }
  post(path, token, body, headers) { return this.ask('POST', path, { token, body, headers }); }

  signature(bytes, key = this.privateKey) { return sign(null, Buffer.from(bytes), key).toString('base64'); }

  /** A webhook as the CRM sends it. `over`: headers in place of the right signature. */
  webhook(payload, over) {
    const raw = typeof payload === 'string' ? payload : JSON.stringify(payload);
    return this.ask('POST', '/webhooks/ghl', { raw, headers: { 'content-type': 'application/json', ...(over ?? { 'x-ghl-signature': this.signature(raw) }) } });
  }

  /** A contact of the CRM, assigned to the tenant's agent. */
  contact(t, id, more = {}) {
    return this.webhook({
      type: 'ContactCreate', locationId: t.location, webhookId: `${id}-made-${randomUUID()}`, timestamp: new Date().toISOString(), id, firstName: 'Ana',
      lastName: `Ruiz ${id}`, email: `${id}@people.example`, assignedTo: `ghl-agent-${t.name}`, dateAdded: new Date().toISOString(), ...more,
    });
  }

  /** A text message from a lead. */
  message(t, contact, text, webhookId = randomUUID()) {
    return this.webhook({
      type: 'InboundMessage', locationId: t.location, webhookId, timestamp: new Date().toISOString(), contactId: contact, messageType: 'SMS',
      direction: 'inbound', body: text, messageId: `m-${webhookId}`, dateAdded: new Date().toISOString(),
    });
  }

  /** Makes a lead with an alert; gives both when they are there. */
  async alarmed(t, contact) {
    await this.contact(t, contact);
    await this.message(t, contact, 'We need to move ASAP, please call me today');
    const lead = await this.lead(t, contact);
    const alert = await until('an alert', async () => {
      const got = await this.get(`/api/v1/insights/real-time-alerts/${t.user.agent}?limit=500`, t.token.agent);
      return got.json.alerts.find((a) => a.lead_id === lead.id);
    });
    return { lead, alert };
  }

  lead(t, contact) {
    return until(`the lead ${contact}`, async () => {
      const got = await this.get('/api/v1/leads?limit=500', t.token.admin);
      return got.json.leads.find((l) => l.contact_id === contact);
    });
  }
}
