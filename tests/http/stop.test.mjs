// Asked to end while it has its hands full: within ten seconds, and nothing of what was done is lost.
import { test } from 'node:test';
import assert from 'node:assert/strict';

import { cannot, Home, Server, until } from './leadlight.mjs';

const why = cannot();
const ROWS = 100_000, SEEN = 100;

test('SIGTERM under load', { skip: why ? `SKIP: ${why}` : false, timeout: 120_000 }, async () => {
  const home = new Home();
  let server;
  try {
    const tenant = await home.tenant('stopping');
    const token = await home.token(tenant, 'admin');
    server = await Server.start(home);
    const csv = ['name,email', ...Array.from({ length: ROWS }, (_, i) => `Lead ${i},lead${i}@example.com`)].join('\n');
    const put = (rows) => server.ask('POST', '/api/v1/imports?kind=leads', { token, body: rows, headers: { 'content-type': 'text/csv' } });
    const big = put(csv).then((a) => a.status, () => 0);
    await until(async () => (await server.json('GET', `/api/v1/leads?limit=${SEEN}`, { token })).leads.length === SEEN, 'the import is under way', 30_000);
    const guesses = Array.from({ length: 400 }, (_, i) => server.ask('POST', '/api/v1/session', { body: JSON.stringify({ email: `a${i}@example.com`, password: 'not this one' }), headers: { 'x-forwarded-for': `198.51.${i >> 8}.${i & 255}` } }).catch(() => 0));
    await Promise.any(guesses); // the others wait or are in work
    const begun = performance.now();
    await server.stop(); // within ten seconds, or it is killed and this throws
    assert.ok(performance.now() - begun < 10_000);
    assert.notEqual(await big, 200);
    await Promise.all(guesses);
    server = await Server.start(home);
    const again = await put(csv.split('\n').slice(0, SEEN + 1).join('\n'));
    assert.equal(again.status, 200);
    assert.equal(JSON.parse(again.text).known, SEEN); // what was done before the end stayed
    await server.stop();
  } finally {
    await server?.kill();
    home.remove();
  }
});
