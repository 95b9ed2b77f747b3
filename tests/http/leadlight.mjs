// The program under test, as its users have it: started, asked by its commands, written to by a CRM with a key of the test's own,
// listened to, killed. Nothing here knows how it works inside.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { generateKeyPairSync, sign } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BIN = process.env.LEADLIGHT_BIN ?? fileURLToPath(new URL('../../build/src/main/leadlight', import.meta.url));
const READY_MS = 20_000;

/** Why these tests cannot run here, or an empty text. */
export const cannot = () => (existsSync(BIN) ? '' : `there is no program at ${BIN} (set LEADLIGHT_BIN)`);

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until `look` gives something true; says what it waited for when it never did. */
export async function until(look, what, ms = 10_000) {
  for (const end = Date.now() + ms; ;) {
    const it = await look();
    if (it) return it;
    if (Date.now() > end) throw new Error(`never happened: ${what}`);
    await pause(20);
  }
}

/** Numbers by a seed, so that a failed run can be run again: mulberry32. */
export function dice(seed) {
  let a = seed >>> 0;
  const next = () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return { next, below: (n) => Math.floor(next() * n), pick: (list) => list[Math.floor(next() * list.length)] };
}

/** The seed of this run: LEADLIGHT_TEST_SEED or a fresh one. */
export const seed = () => Number(process.env.LEADLIGHT_TEST_SEED ?? Date.now() % 1_000_000);

/** A CRM's key pair: `pem` is the public half, `sign` gives what stands in X-GHL-Signature. */
export function crm() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { pem: publicKey.export({ type: 'spki', format: 'pem' }), sign: (body) => sign(null, Buffer.from(body), privateKey).toString('base64') };
}

/** A data folder of the test's own, and the environment that makes the program use it. */
export class Home {
  constructor(env = {}) {
    this.folder = mkdtempSync(join(process.env.TMPDIR ?? tmpdir(), 'leadlight-test-'));
    this.crm = crm();
    const own = Object.entries(process.env).filter(([name]) => !/^(LEADLIGHT_|GHL_)/.test(name));
    this.env = { ...Object.fromEntries(own), LEADLIGHT_DATA_DIR: this.folder, LEADLIGHT_RATE_LIMIT: '0', GHL_WEBHOOK_PUBLIC_KEY: this.crm.pem, ...env };
  }

  remove() { rmSync(this.folder, { recursive: true, force: true }); }

  /** A command's JSON; throws with what it said when it failed. */
  command(...words) {
    return new Promise((resolve, reject) => {
      const child = spawn(BIN, [...words, '--json'], { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
      let out = '', said = '';
      child.stdout.on('data', (d) => { out += d; });
      child.stderr.on('data', (d) => { said += d; });
      child.on('error', reject);
      child.on('close', (code) => (code === 0 ? resolve(JSON.parse(out)) : reject(new Error(`leadlight ${words.join(' ')}: ${code}: ${said}`))));
    });
  }

  async tenant(location, zone = 'America/New_York') {
    return (await this.command('tenant', 'create', '--name', `Team ${location}`, '--location', location, '--zone', zone)).id;
  }

  async user(tenant, { role = 'agent', name, zone = 'America/New_York', email, ghl, language = 'en' }) {
    const words = ['--tenant', tenant, '--role', role, '--name', name, '--zone', zone, '--email', email, '--language', language];
    return (await this.command('user', 'create', ...words, ...(ghl ? ['--ghl-user', ghl] : []))).id;
  }

  async token(tenant, role = 'admin', user = '') {
    return (await this.command('token', 'create', '--tenant', tenant, '--role', role, ...(user ? ['--user', user] : []))).token;
  }
}

/** A running server. */
export class Server {
  /** Started, not ready yet; `words` are the command's: ['serve'] or ['demo', ...]. */
  static launch(home, words = ['serve'], env = {}) {
    const s = new Server();
    const begun = performance.now();
    s.home = home;
    s.said = '';
    s.printed = '';
    s.agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
    s.child = spawn(BIN, [...words, '--port', '0'], { env: { ...home.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    s.ended = new Promise((resolve) => s.child.on('close', (code, signal) => resolve({ code, signal })));
    s.ready = new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        s.child.kill('SIGKILL');
        reject(new Error(`not ready in ${READY_MS} ms: ${s.said}`));
      }, READY_MS);
      const look = () => { // a server logs its port, the demo prints the address to open
        const port = !s.url && (/"event":"ready".*?"port":"(\d+)"/.exec(s.said) ?? /Open +http:\/\/[^:]+:(\d+)\/\?code=\w+\n/.exec(s.printed))?.[1];
        if (!port) return;
        s.url = `http://127.0.0.1:${port}`;
        s.readyMs = performance.now() - begun;
        clearTimeout(late);
        resolve(s);
      };
      s.child.stdout.on('data', (d) => { s.printed += d; look(); });
      s.child.stderr.on('data', (d) => { s.said += d; look(); });
      s.ended.then((over) => reject(new Error(`ended before it was ready (${JSON.stringify(over)}): ${s.said}`)));
      s.ended.finally(() => clearTimeout(late));
    });
    s.ready.catch(() => {}); // whoever waits for it hears of it
    return s;
  }

  static start(home, words, env) { return Server.launch(home, words, env).ready; }

  async kill() {
    this.child.kill('SIGKILL');
    await this.ended;
    this.agent.destroy();
  }

  /** Asks it to end, and wants it to do so well. */
  async stop() {
    this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    const { code, signal } = await this.ended;
    clearTimeout(late);
    this.agent.destroy();
    if (code !== 0) throw new Error(`ended with ${code ?? signal}: ${this.said.slice(-2000)}`);
  }

  /** { status, headers, text }; rejects when the connection fails before the whole answer is there. */
  ask(method, path, { token, headers = {}, body } = {}) {
    return new Promise((resolve, reject) => {
      const all = { ...(token ? { authorization: `Bearer ${token}` } : {}), ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }), ...headers };
      const req = http.request(this.url + path, { method, agent: this.agent, headers: all }, (res) => {
        let text = '';
        res.setEncoding('utf8');
        res.on('data', (d) => { text += d; });
        res.on('end', () => (res.complete ? resolve({ status: res.statusCode, headers: res.headers, text }) : reject(new Error('cut short'))));
        res.on('error', reject);
      });
      req.on('error', reject);
      req.end(body);
    });
  }

  async json(method, path, options = {}) {
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    const { status, text } = await this.ask(method, path, { ...options, body });
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  /** A webhook as the CRM sends it. */
  webhook(event) {
    const body = JSON.stringify(event);
    return this.ask('POST', '/webhooks/ghl', { body, headers: { 'x-ghl-signature': this.home.crm.sign(body) } });
  }

  /** Every item of a list, page by page. */
  async all(path, name, token) {
    const items = [];
    for (let cursor = ''; cursor !== null;) {
      const page = await this.json('GET', `${path}${path.includes('?') ? '&' : '?'}limit=500${cursor && `&cursor=${encodeURIComponent(cursor)}`}`, { token });
      items.push(...page[name]);
      cursor = page.next_cursor;
    }
    return items;
  }

  /** The event stream of an agent; `take` gets each { event, id, data }. Resolves once the stream is open, with a way to close it. */
  stream(agent, token, take, last = '') {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream', ...(last ? { 'last-event-id': last } : {}) };
      const req = http.get(`${this.url}/api/v1/insights/real-time-alerts/${agent}/stream`, { headers, agent: false }, (res) => {
        if (res.statusCode !== 200) { reject(new Error(`stream: ${res.statusCode}`)); res.resume(); return; }
        let rest = '';
        res.setEncoding('utf8');
        res.on('data', (d) => {
          rest += d;
          for (let end; (end = rest.indexOf('\n\n')) >= 0; rest = rest.slice(end + 2)) {
            const fields = Object.fromEntries(rest.slice(0, end).split('\n').filter((l) => l && !l.startsWith(':')).map((l) => [l.slice(0, l.indexOf(':')), l.slice(l.indexOf(':') + 1).trimStart()]));
            if (fields.data !== undefined) take({ event: fields.event ?? 'message', id: fields.id, data: JSON.parse(fields.data) });
          }
        });
        res.on('error', () => {});
        resolve({ close: () => req.destroy() });
      });
      req.on('error', reject);
    });
  }
}

const sentAt = (ms) => new Date(ms).toISOString();

/** ContactCreate as the CRM sends it. */
export const contactCreate = ({ location, id, name, phone, email, assignedTo, webhookId, at = Date.now() }) => ({
  type: 'ContactCreate', locationId: location, id, firstName: name.split(' ')[0], lastName: name.split(' ').slice(1).join(' '), name, phone, email, assignedTo,
  dateAdded: sentAt(at), timestamp: sentAt(at), webhookId, appId: 'app-of-the-tests', versionId: 'v1',
});

/** InboundMessage (SMS) as the CRM sends it. */
export const inbound = ({ location, contact, text, webhookId, phone = '+13055550100', at = Date.now() }) => ({
  type: 'InboundMessage', locationId: location, attachments: [], body: text, contactId: contact, contentType: 'text/plain', conversationId: `conversation-${contact}`,
  dateAdded: sentAt(at), direction: 'inbound', messageType: 'SMS', status: 'delivered', from: phone, to: '+13055550199', messageTypeId: 2, messageTypeString: 'TYPE_SMS',
  timestamp: sentAt(at), webhookId, appId: 'app-of-the-tests', versionId: 'v1',
});
