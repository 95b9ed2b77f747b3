// The benchmarks of section 24 (NUM), each against its reference in the same run. bench/run builds what is needed and calls this.
//
// The machine is shared and its speed changes while one looks: whatever is compared is measured in turns (ours, reference, ours, ...),
// and the figure is the median of the turns' ratios. One JSON object a line on stdout; what is being done is said on stderr.
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { contactCreate, Home, inbound, pause, Server, until } from '../tests/http/leadlight.mjs';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const programs = process.env.BENCH_PROGRAMS ?? join(here, '../build-bench/bench');
const scratch = mkdtempSync(join(tmpdir(), 'leadlight-bench-'));
const CPUS = cpus().length;

const say = (text) => process.stderr.write(`-- ${text}\n`);
const emit = (figure) => process.stdout.write(`${JSON.stringify({ cpus: CPUS, ...figure })}\n`);
const median = (list) => { const s = [...list].sort((a, b) => a - b); return s.length % 2 ? s[s.length >> 1] : (s[s.length / 2 - 1] + s[s.length / 2]) / 2; };
const round = (x, digits = 3) => Number(x.toPrecision(digits));
const there = (program) => ['/usr/sbin', '/usr/bin', '/usr/local/bin'].map((d) => join(d, program)).find(existsSync);

/** Microseconds of processor time a process has used (the kernel counts in hundredths of a second). */
const cpuUs = (pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ').slice(11, 13).reduce((sum, t) => sum + Number(t) * 10_000, 0);

/** A port that is free now. */
const freePort = () => new Promise((resolve) => { const s = net.createServer().listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => resolve(port)); }); });

/** Another program beside us, ended at the end. */
const beside = [];
async function start(program, args, port, env = {}) {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'], detached: true });
  beside.push(child);
  await until(() => new Promise((resolve) => { const s = net.connect(port, '127.0.0.1', () => { s.destroy(); resolve(true); }).on('error', () => resolve(false)); }), `${program} listens`);
  return child;
}
function end(child) {
  try { process.kill(-child.pid, 'SIGKILL'); } catch { /* it has ended */ }
}

// ---- NUM-1: reads ----

async function wrk(url, token, seconds = 2) {
  const { stdout } = await run('wrk', ['-t2', '-c64', `-d${seconds}s`, '--latency', '-H', `Authorization: Bearer ${token}`, url]);
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`${url}: ${stdout}`);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)[1]);
}

async function nginx(files) {
  const root = join(scratch, 'nginx');
  mkdirSync(root, { recursive: true });
  const port = await freePort();
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(root, `${name}.json`), bytes);
  writeFileSync(join(root, 'nginx.conf'), `
    worker_processes 2; pid ${root}/pid; error_log ${root}/error.log; daemon off;
    ${process.getuid() === 0 ? 'user root;' : ''}
    events { worker_connections 1024; }
    http {
      access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; open_file_cache max=100; types { application/json json; }
      client_body_temp_path ${root}/a; proxy_temp_path ${root}/b; fastcgi_temp_path ${root}/c; uwsgi_temp_path ${root}/d; scgi_temp_path ${root}/e;
      server { listen 127.0.0.1:${port}; root ${root}; }
    }`);
  return { child: await start(there('nginx'), ['-c', join(root, 'nginx.conf')], port), url: `http://127.0.0.1:${port}` };
}

async function fastapi(home, agent, files) {
  const redisPort = await freePort(), port = await freePort();
  const redis = await start(there('redis-server'), ['--port', `${redisPort}`, '--save', '', '--appendonly', 'no', '--bind', '127.0.0.1'], redisPort);
  for (const [name, bytes] of Object.entries(files)) {
    writeFileSync(join(scratch, name), bytes);
    await run('sh', ['-c', `redis-cli -p ${redisPort} -x set ${name}:${agent} < ${join(scratch, name)}`]);
  }
  const child = await start('/usr/bin/python3', ['-m', 'uvicorn', '--app-dir', join(here, 'reference'), 'fastapi_app:app', '--host', '127.0.0.1', '--port', `${port}`, '--workers', '2', '--no-access-log', '--log-level', 'warning'], port,
    { SECRET: readFileSync(join(home.folder, 'jwt.secret'), 'utf8').trim(), REDIS: `redis://127.0.0.1:${redisPort}` });
  return { children: [child, redis], url: `http://127.0.0.1:${port}` };
}

/** A server with a team whose agent has 20 open alerts and a briefing. */
async function furnished(location) {
  const home = new Home();
  const tenant = await home.tenant(location);
  const agent = await home.user(tenant, { name: 'Ada Agent', email: `ada@${location}.test`, ghl: 'ada' });
  const token = await home.token(tenant, 'admin');
  const server = await Server.start(home);
  const at = Math.ceil((Date.now() + 3_000) / 60_000) * 60_000;
  const time = new Intl.DateTimeFormat('en-GB', { timeZone: 'America/New_York', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at);
  await server.json('PUT', `/api/v1/automation/settings/${agent}`, { token, body: { settings: { quiet_hours: null, briefing_time: time } } });
  for (let i = 0; i < 20; i++) {
    await server.webhook(contactCreate({ location, id: `lead${i}`, name: `Lena Lead${i}`, phone: `+1305555${1000 + i}`, email: `lena${i}@example.test`, assignedTo: 'ada', webhookId: randomUUID() }));
    await server.webhook(inbound({ location, contact: `lead${i}`, text: 'We need to move ASAP, can you call me today?', webhookId: randomUUID() }));
  }
  say(`waiting for the briefing, due in ${Math.round((at - Date.now()) / 1000)} s`);
  await until(async () => (await server.ask('GET', `/api/v1/insights/daily-briefing/${agent}`, { token })).status === 200, 'the briefing', 75_000);
  await until(async () => (await server.json('GET', '/api/v1/operations', { token })).outbox.pending === 0, 'all is delivered');
  return { home, tenant, agent, token, server };
}

async function apiReads() {
  const { home, agent, token, server } = await furnished('benchreads');
  const paths = { briefing: `/api/v1/insights/daily-briefing/${agent}`, alerts: `/api/v1/insights/real-time-alerts/${agent}` };
  const files = {};
  for (const [name, path] of Object.entries(paths)) files[name] = (await server.ask('GET', path, { token })).text;
  const still = there('nginx') ? await nginx(files) : null;
  const python = there('redis-server') && existsSync('/usr/lib/python3/dist-packages/fastapi') ? await fastapi(home, agent, files) : null;
  for (const [name, path] of Object.entries(paths)) {
    say(`reads of ${name}: ${files[name].length} bytes`);
    const ours = [], references = { nginx: still && `${still.url}/${name}.json`, fastapi: python && python.url + path };
    const rate = { nginx: [], fastapi: [] }, ratio = { nginx: [], fastapi: [] };
    for (let turn = 0; turn < 5; turn++) {
      for (const [whose, url] of Object.entries(references).filter(([, u]) => u)) {
        ours.push(await wrk(server.url + path, token, 1));
        rate[whose].push(await wrk(url, token, 1));
        ratio[whose].push(ours.at(-1) / rate[whose].at(-1));
      }
    }
    const middle = (list, form) => (list.length ? form(median(list)) : null);
    emit({ id: 'NUM-1', name: `api_reads ${name}`, bytes: files[name].length, per_s: middle(ours, Math.round),
      nginx_per_s: middle(rate.nginx, Math.round), to_nginx: middle(ratio.nginx, round), goal_to_nginx: 0.7,
      fastapi_per_s: middle(rate.fastapi, Math.round), to_fastapi: middle(ratio.fastapi, round), goal_to_fastapi: 20 });
  }
  if (still) end(still.child);
  python?.children.forEach(end);
  await server.stop();
  home.remove();
}

// ---- NUM-2, NUM-3: webhooks ----

const verifyRate = async () => JSON.parse((await run(join(programs, 'bench_crypto'), ['0.3', `${CPUS}`])).stdout)
  .figures.find((f) => f.name === 'ed25519_verify' && f.threads === CPUS).per_s;

async function prepared(location, count, leads, urgent) {
  const key = join(scratch, `${location}.pem`), requests = join(scratch, `${location}.requests`);
  await run(join(programs, 'bench_prepare'), [location, `${count}`, `${leads}`, `${urgent}`, key, requests]);
  const home = new Home({ GHL_WEBHOOK_PUBLIC_KEY: readFileSync(key, 'utf8') });
  const tenant = await home.tenant(location);
  const agent = await home.user(tenant, { name: 'Ada Agent', email: `ada@${location}.test`, ghl: 'ada' });
  const token = await home.token(tenant, 'admin');
  const server = await Server.start(home);
  await server.json('PUT', `/api/v1/automation/settings/${agent}`, { token, body: { settings: { quiet_hours: null, max_alerts_per_hour: 1000 } } });
  const load = async (options) => JSON.parse((await run(join(programs, 'bench_load'), ['--port', new URL(server.url).port, '--requests', requests, ...Object.entries(options).flatMap(([k, v]) => [`--${k}`, `${v}`])], { maxBuffer: 1 << 26 })).stdout);
  const idle = () => until(async () => (await server.json('GET', '/api/v1/operations', { token })).inbox.pending === 0, 'the inbox is empty', 120_000);
  return { home, agent, token, server, load, idle, close: async () => { await server.stop(); home.remove(); rmSync(requests); } };
}

async function webhooks() {
  const verify = [await verifyRate()];
  say(`signatures checked: ${verify[0]} a second on ${CPUS} threads`);
  const b = await prepared('benchwebhooks', 150_000, 2_000, 0);
  let from = 0;
  const tops = [], ratios = [], drains = [], costs = [];
  for (let turn = 0; turn < 3; turn++) {
    const before = cpuUs(b.server.child.pid);
    const r = await b.load({ from, connections: 64, seconds: 2.5 });
    if (r.other || r.overloaded) throw new Error(`not all were taken: ${JSON.stringify(r)}`);
    from += r.sent;
    verify.push(await verifyRate());
    tops.push(r.per_s);
    ratios.push(r.per_s / median(verify.slice(-2)));
    const begun = Date.now();
    await b.idle();
    drains.push((Date.now() - begun) / 1000);
    costs.push((cpuUs(b.server.child.pid) - before) / r.sent);
    say(`top rate ${Math.round(r.per_s)} a second; then ${drains.at(-1)} s until all were worked off`);
  }
  const half = await b.load({ from, connections: 64, seconds: 8, rate: Math.round(median(tops) / 2) });
  from += half.sent;
  await b.idle();
  await b.close();
  emit({ id: 'NUM-2', name: 'webhooks', top_per_s: Math.round(median(tops)), verify_per_s: Math.round(median(verify)), to_verify: round(median(ratios)), goal_to_verify: 0.8,
    half_rate: Math.round(median(tops) / 2), half_answer_us: half.answer_us, goal_p99_us: 5000, drain_s: round(median(drains)), processor_us_each: round(median(costs)), refused: half.other + half.overloaded });
}

async function alerts() {
  const rate = 1_000, seconds = 15;
  const b = await prepared('benchalerts', rate * seconds + 1_000, 2_000, 20);
  const stream = { stream: `/api/v1/insights/real-time-alerts/${b.agent}/stream`, token: b.token };
  await b.load({ ...stream, connections: 16, seconds: 0.9, rate }); // warm
  const r = await b.load({ ...stream, from: 1_000, connections: 16, seconds, rate });
  await b.close();
  const expected = Math.floor(r.sent / 20);
  emit({ id: 'NUM-3', name: 'alerts', rate, sent: r.sent, alerts: r.alert_us.n, expected, alert_us: r.alert_us, goal_p50_us: 5_000, goal_p99_us: 50_000, answer_us: r.answer_us, refused: r.other + r.overloaded });
}

// ---- NUM-10: start and memory ----

const memory = (pid) => Object.fromEntries([...readFileSync(`/proc/${pid}/status`, 'utf8').matchAll(/^(VmRSS|RssAnon|RssFile):\s+(\d+) kB/gm)].map((m) => [m[1], round(Number(m[2]) / 1024)]));

async function startUp() {
  const first = [], again = [];
  for (let i = 0; i < 5; i++) {
    const home = new Home();
    for (let k = 0; k < 3; k++) {
      const s = await Server.start(home);
      (k ? again : first).push(s.readyMs);
      await s.stop();
    }
    home.remove();
  }
  const home = new Home();
  await home.tenant('benchmemory');
  const server = await Server.start(home);
  await pause(3_000);
  const idle = memory(server.child.pid);
  await server.stop();
  home.remove();
  emit({ id: 'NUM-10', name: 'start', ready_ms: round(median(again)), ready_ms_empty_folder: round(median(first)), goal_ms: 200, idle_mib: idle.VmRSS, of_it: idle, goal_mib: 30 });
}

// ---- NUM-6, NUM-12 ----

async function briefings() {
  const agents = Number(process.env.BENCH_AGENTS ?? 500), leads = 100;
  const folder = join(scratch, 'briefings');
  const { stdout } = await run(join(programs, 'bench_briefings'), [`${agents}`, `${leads}`], { env: { ...process.env, LEADLIGHT_DATA_DIR: folder }, maxBuffer: 1 << 26 });
  rmSync(folder, { recursive: true, force: true });
  const r = JSON.parse(stdout);
  emit({ id: 'NUM-6', name: 'briefings', ...r, seconds_for_10000: round(r.seconds / agents * 10_000), goal_s: 60 });
}

/** Seconds of the wall and of the processor that a command takes on one core. */
async function timed(...command) {
  const { stderr } = await run('bash', ['-c', 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null', '--', 'taskset', '-c', '0', ...command], { maxBuffer: 1 << 26 });
  const [wall, user, sys] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { wall, cpu: user + sys };
}

async function simulate() {
  for (const [leads, days] of [[200, 30], [200, 90]]) {
    const walls = [], cpus = [];
    for (let turn = 0; turn < 3; turn++) {
      const { wall, cpu } = await timed(process.env.LEADLIGHT_BIN, 'simulate', '--tenants', '1', '--leads', `${leads}`, '--days', `${days}`, '--seed', `${turn + 1}`, '--faults', 'none');
      walls.push(leads * days / wall);
      cpus.push(leads * days / cpu);
    }
    emit({ id: 'NUM-12', name: `simulate ${leads} leads, ${days} days`, lead_days_per_s: Math.round(median(walls)), per_s_of_processor: Math.round(median(cpus)), goal_per_s: 10_000 });
  }
}

const all = { start: startUp, webhooks, alerts, api_reads: apiReads, briefings, simulate };
const names = process.argv.slice(2);
for (const name of names) if (!all[name]) { say(`there is no benchmark ${name}; there are: ${Object.keys(all).join(', ')}`); process.exit(2); }
try {
  for (const name of names.length ? names : Object.keys(all)) {
    say(name);
    await all[name]();
  }
} finally {
  beside.forEach(end);
  rmSync(scratch, { recursive: true, force: true });
}
