// Alerts as they happen: server-sent events with a bearer header, caught up by Last-Event-ID.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { World, skip, until } from './world.mjs';

/** Reads a stream; `events` grows as they come. */
class Stream {
  constructor(url, token, headers = {}) {
    this.events = [];
    this.stop = new AbortController();
    this.opened = fetch(url, { headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream', ...headers }, signal: this.stop.signal });
  }
  async open() {
    const res = await this.opened;
    assert.equal(res.status, 200);
    assert.match(res.headers.get('content-type'), /^text\/event-stream/);
    this.#read(res.body).catch(() => {});
    return this;
  }
  async #read(body) {
    let rest = '';
    const utf8 = new TextDecoder();
    for await (const chunk of body) {
      rest += utf8.decode(chunk, { stream: true });
      const blocks = rest.split('\n\n');
      rest = blocks.pop();
      for (const block of blocks) {
        const event = { name: 'message', data: '' };
        for (const line of block.split('\n')) {
          const [, field, value] = /^([a-z]*): ?(.*)$/.exec(line) ?? [];
          if (field === 'event') event.name = value;
          if (field === 'id') event.id = value;
          if (field === 'data') event.data += value;
        }
        if (event.data) this.events.push({ ...event, json: JSON.parse(event.data) });
      }
    }
  }
  next(name, fits = () => true) { return until(`an event ${name}`, () => this.events.find((e) => e.name === name && fits(e.json))); }
  close() { this.stop.abort(); }
}

describe('the event stream', { skip }, () => {
  let w, t;
  const path = (agent) => `/api/v1/insights/real-time-alerts/${agent}/stream`;
  before(async () => {
    w = await World.start();
    t = await w.tenant('e');
  });
  after(() => w?.stop());

  test('an alert reaches every open stream of its agent, and no other', async () => {
    const other = await w.tenant('f');
    const mine = await Promise.all([0, 1].map(() => new Stream(w.url + path(t.user.agent), t.token.agent).open()));
    const lead = await new Stream(w.url + path(t.user.agent), t.token.team_lead).open();
    const elsewhere = [await new Stream(w.url + path(t.user.team_lead), t.token.team_lead).open(), await new Stream(w.url + path(other.user.agent), other.token.agent).open()];
    await w.contact(t, 'ana');
    const id = randomUUID();
    await w.message(t, 'ana', 'We need to move ASAP, call me', id);
    for (const s of [...mine, lead]) {
      const got = await s.next('alert', (a) => a.trigger_event.source_id === id);
      assert.equal(got.id, got.json.id);
      assert.ok(got.json.lead_id && got.json.type && got.json.confidence > 0);
      assert.equal(got.json.trigger_event.text, 'We need to move ASAP, call me');
    }
    const listed = (await w.get(`/api/v1/insights/real-time-alerts/${t.user.agent}`, t.token.agent)).json.alerts;
    assert.ok(listed.some((a) => a.trigger_event.source_id === id), 'and it stands in the list');
    const changed = listed.find((a) => a.trigger_event.source_id === id);
    await w.post(`/api/v1/alerts/${changed.id}/snooze`, t.token.agent, { minutes: 30 });
    await mine[0].next('alert_changed', (a) => a.id === changed.id && a.status === 'snoozed');
    for (const s of elsewhere) assert.deepEqual(s.events, []);
    for (const s of [...mine, lead, ...elsewhere]) s.close();
  });

  test('who was away is told what he missed', async () => {
    const first = (await w.alarmed(t, 'before')).alert;
    const second = (await w.alarmed(t, 'while-away')).alert;
    for (const [headers, query] of [[{ 'last-event-id': first.id }, ''], [{}, `?last_event_id=${first.id}`]]) {
      const s = await new Stream(w.url + path(t.user.agent) + query, t.token.agent, headers).open();
      const got = await s.next('alert', (a) => a.id === second.id);
      assert.equal(got.id, second.id);
      assert.ok(!s.events.some((e) => e.id === first.id), 'but not what he had');
      s.close();
    }
    const fresh = await new Stream(w.url + path(t.user.agent), t.token.agent).open();
    const third = (await w.alarmed(t, 'fresh')).alert;
    await fresh.next('alert', (a) => a.id === third.id);
    assert.ok(!fresh.events.some((e) => e.id === second.id), 'without an id only what happens from now on');
    fresh.close();
  });

  test('streams are for who may see that agent', async () => {
    for (const [agent, token, status] of [[t.user.team_lead, t.token.agent, 404], [randomUUID(), t.token.admin, 404], [t.user.agent, undefined, 401], ['x', t.token.agent, 404]]) {
      const res = await w.get(path(agent), token);
      assert.equal(res.status, status, `${agent}`);
    }
  });

  test('a server with open streams ends in time', async () => {
    const v = await World.start();
    const s = await v.tenant('g');
    const open = await new Stream(v.url + path(s.user.agent), s.token.agent).open();
    const began = Date.now();
    const how = await v.stop();
    assert.ok(Date.now() - began < 10_000);
    assert.equal(how.code, 0, JSON.stringify(how));
    open.close();
  });
});
