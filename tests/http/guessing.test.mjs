// Who guesses passwords, and who floods the door that is open to everybody's browser.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';

import { cannot, Home, Server } from './leadlight.mjs';

const why = cannot();

describe('guessing and flooding', { skip: why ? `SKIP: ${why}` : false }, () => {
  let home, server, site;

  before(async () => {
    home = new Home({ LEADLIGHT_RATE_LIMIT: '5' });
    const { site_key: key } = await home.command('tenant', 'create', '--name', 'Team', '--location', 'guessing', '--zone', 'America/New_York');
    site = key;
    server = await Server.start(home);
  });
  after(async () => {
    await server?.stop();
    home?.remove();
  });

  const guess = async (email, from) => (await server.ask('POST', '/api/v1/session', { body: JSON.stringify({ email, password: 'not this one' }), headers: { 'x-forwarded-for': from } })).status;

  test('ten tries a minute for an account, however it is spelled and from wherever', async () => {
    const codes = [];
    for (let i = 0; i < 12; i++) {
      const spelled = [...'ann@example.com'].map((c, at) => ((i >> (at % 4)) & 1 ? c.toUpperCase() : c)).join('');
      codes.push(await guess(i % 2 ? spelled : ` ${spelled} `, `198.51.100.${i}`));
    }
    assert.deepEqual(codes, [...Array(10).fill(401), 429, 429]);
  });

  test('another site signs nobody in', async () => {
    const from = (site) => server.ask('POST', '/api/v1/session', { body: JSON.stringify({ email: 'x@example.com', password: 'not this one' }), headers: { 'x-forwarded-for': '198.51.100.200', 'sec-fetch-site': site } });
    assert.equal((await from('cross-site')).status, 403);
    assert.equal((await from('same-origin')).status, 401);
  });

  test('behind a proxy one machine does not lock out another', async () => {
    for (let i = 0; i < 6; i++) await guess(`nobody${i}@example.com`, '203.0.113.1');
    assert.equal(await guess('nobody8@example.com', '203.0.113.1'), 429);
    assert.equal(await guess('nobody8@example.com', '203.0.113.2'), 401);
    assert.equal(await guess('nobody9@example.com', '203.0.113.2, 203.0.113.1'), 429); // the proxy's word is the last
  });

  test('a browser has its allowance at the open door', async () => {
    const codes = [];
    const body = JSON.stringify({ site, events: [{ visitor: 'v1', kind: 'property_view' }] });
    for (let i = 0; i < 7; i++) codes.push((await server.ask('POST', '/t', { body, headers: { 'x-forwarded-for': '192.0.2.7' } })).status);
    assert.deepEqual(codes, [202, 202, 202, 202, 202, 429, 429]);
  });
});
