// The dashboard in each of its states, in a real browser, against canned answers: what is read, pressed, heard and kept.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { accessible, cannot, clean, DESK, fits, HTTP_FAILURES, launch, PHONE, until, visit } from './browser.mjs';
import * as data from './fake-data.mjs';
import { startFake } from './fake-server.mjs';

const why = cannot();
const LEAD = `/leads/${data.uuid(100)}`;
const SIZES = { phone: PHONE, desk: DESK };
let browser;

/** Runs `body` on a fresh device and a fresh server, and looks afterwards that nobody complained. */
function state(name, options, body) {
  test(name, async () => {
    const { server = {}, allowed, ...device } = options;
    const fake = await startFake({ language: device.language ?? 'en', ...server });
    const it = await visit(browser, fake.url, device);
    try {
      await body({ ...it, fake });
      clean(it.problems, allowed);
    } finally {
      await it.context.close();
      await fake.close();
    }
  });
}

const heading = (page, name) => page.getByRole('heading', { level: 1, name });
const card = (page, name) => page.getByRole('article', { name });
const live = (page) => page.getByText('Live', { exact: true }).filter({ visible: true }).waitFor();
const doNext = (page) => page.getByRole('region', { name: 'Do next' });
const posts = (fake, ending) => fake.calls.filter((c) => c.method === 'POST' && c.path.endsWith(ending));

describe('dashboard', { skip: why ? `SKIP: ${why}` : false }, () => {
  before(async () => { browser = await launch(); });
  after(async () => { await browser?.close(); });

  describe('looked at', () => {
    for (const [size, viewport] of Object.entries(SIZES)) {
      for (const scheme of ['light', 'dark']) {
        for (const language of ['en', 'es']) {
          state(`Today, leads, a lead, settings, operations: ${size}, ${scheme}, ${language}`, { viewport, scheme, language }, async ({ page, fake }) => {
            const look = async (path, name, ready) => {
              if (path) await page.goto(fake.url + path);
              await ready.waitFor();
              await fits(page, name);
              await accessible(page, name);
            };
            await look('', 'Today', heading(page, data.words[language].headline));
            assert.equal(await page.locator('html').getAttribute('lang'), language);
            await look(LEAD, 'a lead', page.locator('.timeline mark').first());
            await look('/leads', 'leads', page.getByRole('link', { name: /Ana Ruiz/ }).first());
            await look('/settings', 'settings', page.getByLabel(language === 'es' ? 'Actuar solo desde' : 'Act by itself from'));
            await look('/operations', 'operations', page.getByRole('heading', { level: 2 }).first());
            await look('/more', 'more', page.getByRole('button', { name: language === 'es' ? 'Salir' : 'Sign out' }));
            await look('/no-such-page', 'the page that is not there', heading(page, language === 'es' ? 'Esa página no existe' : 'There is no such page'));
          });
        }
      }
    }

    for (const mode of ['empty', 'failing', 'early']) {
      for (const language of ['en', 'es']) {
        state(`Today ${mode}, ${language}`, { server: { mode }, language, allowed: HTTP_FAILURES }, async ({ page, fake }) => {
          const es = language === 'es';
          const said = {
            empty: es ? 'No queda nada para hoy' : 'Nothing left for today',
            failing: es ? 'Leadlight no pudo responder' : 'Leadlight could not answer',
            early: es ? 'Aún no hay informe de hoy' : 'No briefing for today yet',
          }[mode];
          await page.getByText(said).waitFor();
          assert.equal(await page.getByText(said).count(), 1, 'it is said once');
          await fits(page, mode);
          await accessible(page, mode);
          if (mode === 'early') await page.getByRole('heading', { name: es ? /Alertas en vivo/ : /Live alerts/ }).waitFor();
          if (mode === 'failing') {
            await page.getByText('req-7f3a').waitFor();
            fake.o.mode = 'full';
            await page.getByRole('button', { name: es ? 'Probar de nuevo' : 'Try again' }).click();
            await heading(page, data.words[language].headline).waitFor();
          }
        });
      }
    }

    state('nothing is cut off at 320 px, as wide as a page zoomed to 400 %', { viewport: { width: 320, height: 640 }, language: 'es' }, async ({ page, fake }) => {
      for (const path of ['/', LEAD, '/leads', '/settings', '/operations', '/more']) {
        await page.goto(fake.url + path);
        await heading(page, /./).waitFor();
        await until(async () => (await page.locator('.bone').count()) === 0, 'it is loaded');
        await fits(page, path);
      }
    });

    state('empty leads and a lead that does not exist', { server: { mode: 'empty' }, path: '/leads', allowed: HTTP_FAILURES }, async ({ page, fake }) => {
      await page.getByText('No leads yet').waitFor();
      await accessible(page, 'no leads');
      fake.o.leads = 1;
      await page.goto(`${fake.url}/leads/${data.uuid(999)}`);
      await heading(page, /does not exist/).waitFor();
      await accessible(page, 'no such lead');
    });

    test('is small', () => {
      const dist = fileURLToPath(new URL('../../web/dist/', import.meta.url));
      const size = (name) => gzipSync(readFileSync(dist + name), { level: 9 }).length;
      const first = ['index.html', ...readdirSync(`${dist}assets`).map((name) => `assets/${name}`)].reduce((n, name) => n + size(name), 0);
      assert.ok(first < 64 * 1024, `${first} bytes before data`);
      assert.doesNotMatch(readFileSync(`${dist}index.html`, 'utf8'), /<style|style=|<script>|<script type="module">|https?:/);
    });
  });

  describe('Today', () => {
    state('a tick makes the stack shorter, and can be undone', {}, async ({ page }) => {
      await page.getByText('5 things to do').waitFor();
      await doNext(page).getByRole('article', { name: 'Call Dana Ortega back' }).getByRole('button', { name: /Done/ }).click();
      await page.getByText('4 of 5 left').waitFor();
      await page.reload();
      await page.getByText('4 of 5 left').waitFor();
      await doNext(page).getByRole('button', { name: /Done/ }).first().click();
      await page.getByText('3 of 5 left').waitFor();
      await page.getByRole('button', { name: 'Undo' }).click();
      await page.getByText('4 of 5 left').waitFor();
      for (let left = 4; left > 0; left--) {
        await doNext(page).getByRole('button', { name: /Done/ }).first().click();
      }
      await page.getByText('Nothing left for today').waitFor();
    });

    state('the main button calls; the words to say are at hand', {}, async ({ page }) => {
      const first = doNext(page).getByRole('article').first();
      assert.equal(await first.getByRole('link', { name: 'Call Ana Ruiz', exact: true }).getAttribute('href'), 'tel:+13105550142');
      await first.getByText('What to say').click();
      await first.getByText(data.words.en.say).waitFor();
      await first.getByText('What it rests on (1)').click();
      const text = page.getByRole('link', { name: 'Text Marcus Nakamura', exact: true });
      assert.equal(await text.count(), 0, 'names are the lead’s');
      assert.match(await page.getByRole('link', { name: 'Text Marcus Bell', exact: true }).getAttribute('href'), /^sms:\+13105550142\?&body=Hi%20Ana/);
    });

    state('says whose time', {}, async ({ page }) => {
      await page.getByText(/2 – 4 PM, Marcus’s time in Los Angeles \(5 – 7 PM yours\)/).first().waitFor();
      await page.getByRole('link', { name: /Marcus Bell.*9 – 11 AM, Marcus’s time in Los Angeles \(12 – 2 PM yours\) · text/ }).waitFor();
    });

    state('approve can be undone while it is held, and is sent once after', {}, async ({ page, fake }) => {
      await page.clock.install();
      const first = card(page, 'Text Ana Ruiz about the value of the home');
      await first.getByRole('button', { name: /^Approve/ }).click();
      await page.getByText('Ana Ruiz: approved.').waitFor();
      assert.equal(await first.count(), 0);
      await page.getByRole('button', { name: 'Undo' }).click();
      await first.waitFor();
      await page.clock.runFor(60_000);
      assert.equal(posts(fake, '/approve').length, 0, 'what was undone never left');
      await first.getByRole('button', { name: /^Approve/ }).click();
      await page.clock.runFor(10_000);
      await until(() => posts(fake, '/approve').length === 1, 'the approval was sent');
      assert.deepEqual(posts(fake, '/approve')[0].body, {});
      assert.match(posts(fake, '/approve')[0].key, /^[0-9a-f]{32}$/);
      await until(async () => (await first.count()) === 0 && !(await page.evaluate(() => localStorage['leadlight.queue'])).includes('approve'), 'it is gone');
    });

    state('an approval can be reworded, rejected with a reason, and looked into', {}, async ({ page, fake }) => {
      await page.clock.install();
      const first = card(page, 'Text Ana Ruiz about the value of the home');
      await first.getByText('How this was decided').click();
      await first.getByText('Sure to 72 of 100. It acts by itself from 85, asks you from 60.').waitFor();
      await accessible(page, 'an opened decision');
      await first.getByRole('button', { name: /^Edit/ }).click();
      await first.getByLabel('Text to be sent').fill('Hi Ana, shall we talk at ten?');
      await accessible(page, 'an approval being edited');
      await first.getByRole('button', { name: 'Approve the edited text' }).click();
      const second = card(page, 'Text Marcus Bell about the value of the home');
      await second.getByRole('button', { name: /^Reject/ }).click();
      await accessible(page, 'reasons to reject');
      await second.getByRole('button', { name: 'Wrong moment' }).click();
      await page.clock.runFor(10_000);
      await until(() => posts(fake, '/approve').length === 1 && posts(fake, '/reject').length === 1, 'both were sent');
      assert.deepEqual(posts(fake, '/approve')[0].body, { text: 'Hi Ana, shall we talk at ten?' });
      assert.deepEqual(posts(fake, '/reject')[0].body, { reason: 'moment' });
      await until(async () => (await page.getByText('Waiting for your yes').count()) === 0, 'nothing waits any more');
    });

    state('what lapsed meanwhile is said', { allowed: HTTP_FAILURES }, async ({ page, fake }) => {
      fake.o.conflict = true;
      await page.clock.install();
      await card(page, 'Text Ana Ruiz about the value of the home').getByRole('button', { name: /^Approve/ }).click();
      await page.clock.runFor(10_000);
      await page.getByText(/Not done: Approve: Text Ana Ruiz.* It lapsed at noon\./).waitFor();
    });

    state('leaving the page does not lose a decision', {}, async ({ page, fake }) => {
      await card(page, 'Text Ana Ruiz about the value of the home').getByRole('button', { name: /^Approve/ }).click();
      await page.goto('about:blank');
      await until(() => posts(fake, '/approve').length === 1, 'it was sent on leaving');
    });

    state('a live alert arrives, is announced once, and goes by dismissal with undo', {}, async ({ page, fake }) => {
      await live(page);
      await page.evaluate(() => {
        window.heard = [];
        const where = document.querySelector('[data-announcer]');
        new MutationObserver(() => window.heard.push(where.textContent)).observe(where, { childList: true, characterData: true, subtree: true });
      });
      await page.getByRole('heading', { name: 'Live alerts 5' }).waitFor();
      const alert = data.alert(fake.o, 7, { priority: 10, recommended_action: { type: 'call', title: 'Call Omar now', window: null, say: null } });
      fake.push('alert', alert, alert.id);
      await card(page, 'Call Omar now').waitFor();
      fake.push('alert', { ...alert, folded: 1 }, alert.id);
      await card(page, 'Call Omar now').getByText('(and 1 more like it)').waitFor();
      await until(() => page.evaluate(() => window.heard.length > 0), 'it was announced');
      await page.waitForTimeout(1500);
      assert.deepEqual(await page.evaluate(() => window.heard), [`New alert. Call Omar now. ${alert.insight}`]);
      await card(page, 'Call Omar now').getByRole('button', { name: /^Done/ }).click();
      await until(() => posts(fake, '/dismiss').length === 1, 'the dismissal was sent');
      assert.deepEqual(posts(fake, '/dismiss')[0].body, { reason: 'done' });
      await until(async () => (await card(page, 'Call Omar now').count()) === 0, 'the alert is gone');
      await page.getByRole('button', { name: 'Undo' }).click();
      await until(() => posts(fake, '/reopen').length === 1, 'it was asked back');
      await page.getByRole('heading', { name: 'Live alerts 6' }).waitFor();
    });

    state('an event that overtakes the list is not lost', {}, async ({ page, fake }) => {
      await page.getByRole('heading', { name: 'Live alerts 5' }).waitFor();
      await live(page);
      let answer;
      await page.route('**/real-time-alerts/*status=open', async (route) => {
        const old = await route.fetch();
        await new Promise((resolve) => { answer = resolve; });
        await route.fulfill({ response: old });
      }, { times: 1 });
      await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
      await until(() => answer, 'the list of before the event is on its way');
      const alert = data.alert(fake.o, 7, { priority: 10 });
      fake.alerts.unshift(alert);
      fake.push('alert', alert, alert.id);
      await page.getByRole('heading', { name: 'Live alerts 6' }).waitFor();
      const asked = fake.calls.length;
      answer();
      await until(() => fake.calls.slice(asked).some((c) => c.query === '?status=open'), 'the list is read again');
      await page.getByRole('heading', { name: 'Live alerts 6' }).waitFor();
    });

    state('several at once are one announcement', {}, async ({ page, fake }) => {
      await live(page);
      for (const n of [7, 8, 9]) fake.push('alert', data.alert(fake.o, n), data.uuid(300 + n));
      await page.getByText(/^3 new things\. First: New alert\./).waitFor({ state: 'attached' });
    });

    state('a stream that breaks comes back and the lists are read again', { allowed: HTTP_FAILURES }, async ({ page, fake }) => {
      await live(page);
      const alert = data.alert(fake.o, 7, { priority: 10 });
      fake.alerts.unshift(alert);
      fake.dropStreams();
      await page.getByRole('heading', { name: 'Live alerts 6' }).waitFor();
      await live(page);
    });
  });

  state('a page that cannot be drawn says so, and the others go on', { path: '/operations', allowed: /^(exception: )?(Range|Type)Error/ }, async ({ page, fake }) => {
    await page.getByText('All well').waitFor();
    await page.route('**/api/v1/operations', (route) => route.fulfill({ json: { ok: true } }));
    await page.evaluate(() => caches.delete('leadlight-data'));
    await page.reload();
    await page.getByText('Leadlight could not answer').waitFor();
    await page.goto(`${fake.url}/leads`);
    await page.getByRole('link', { name: /Ana Ruiz/ }).first().waitFor();
  });

  describe('without a connection', () => {
    test('Today opens, says how old it is, keeps decisions and sends them when it is back', async () => {
      let fake = await startFake();
      const { context, page, problems } = await visit(browser, fake.url, { worker: true });
      try {
        await heading(page, data.words.en.headline).waitFor();
        await until(() => page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.active?.state === 'activated'), 'the worker is ready');
        await until(() => page.evaluate(async () => (await (await caches.open('leadlight-data')).keys()).length >= 8), 'the data is kept');
        const { port } = fake;
        await fake.close();
        await context.setOffline(true);
        await page.reload();
        await heading(page, data.words.en.headline).waitFor();
        await page.getByText('You are offline.').waitFor();
        await page.getByText(/^As of/).first().waitFor();
        await accessible(page, 'Today offline');
        await page.getByRole('heading', { name: 'Live alerts 5' }).waitFor();
        await card(page, 'Call Ana Ruiz before 11').last().getByRole('button', { name: /^Snooze/ }).click();
        await page.getByText('1 decision waiting for the connection').waitFor();
        await accessible(page, 'a decision waiting');
        await page.reload();
        await page.getByText('1 decision waiting for the connection').waitFor();
        fake = await startFake({}, port);
        await context.setOffline(false);
        await until(() => posts(fake, '/snooze').length === 1, 'the decision was sent', 20_000);
        await until(async () => (await page.getByText('waiting for the connection').count()) === 0, 'nothing waits any more');
        assert.equal(posts(fake, '/snooze').length, 1);
        clean(problems, HTTP_FAILURES);
      } finally {
        await context.close();
        await fake.close();
      }
    });

    state('the second visit asks with the ETag it knows', {}, async ({ page, fake }) => {
      await heading(page, data.words.en.headline).waitFor();
      await until(() => page.evaluate(async () => (await (await caches.open('leadlight-data')).keys()).length >= 6), 'the data is kept');
      fake.calls.length = 0;
      await page.reload();
      const asked = await until(() => fake.calls.find((c) => c.path.includes('/automation/') || c.path === '/api/v1/me'), 'it asked again');
      assert.match(asked.etag, /^"/);
    });

    test('a first visit without a server says so and tries again', async () => {
      const fake = await startFake();
      const { context, page } = await visit(browser, fake.url, { worker: true });
      try {
        await until(() => page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.active?.state === 'activated'), 'the worker is ready');
        await page.goto('about:blank');
        await context.setOffline(true);
        await page.goto(fake.url);
        await page.evaluate(() => caches.delete('leadlight-data'));
        await page.reload();
        await page.getByText('No connection').waitFor();
        await accessible(page, 'nothing kept and no connection');
        await context.setOffline(false);
        await page.getByRole('button', { name: 'Try again' }).click();
        await heading(page, data.words.en.headline).waitFor();
      } finally {
        await context.close();
        await fake.close();
      }
    });
  });

  describe('leads', () => {
    state('10,000 rows: few exist, all can be reached', { path: '/leads', viewport: DESK }, async ({ page }) => {
      const rows = page.locator('.virtual li');
      await rows.first().waitFor();
      assert.ok((await rows.count()) < 40);
      const last = page.getByText('10,000 leads');
      await until(async () => {
        await page.locator('.virtual').evaluate((el) => { el.scrollTop = el.scrollHeight; });
        return (await last.count()) === 1;
      }, 'all 10,000 are loaded', 20_000);
      assert.ok((await rows.count()) < 40);
      await page.locator('[aria-posinset="10000"] a').waitFor();
      assert.equal(await page.locator('[aria-posinset="10000"]').getAttribute('aria-setsize'), '10000');
      await page.locator('[aria-posinset="10000"] a').focus();
      await page.keyboard.press('Home');
      await until(() => page.evaluate(() => document.activeElement?.closest('[aria-posinset]')?.getAttribute('aria-posinset') === '1'), 'Home goes to the first');
    });

    state('search, views and likelihood narrow it and stay in the address', { path: '/leads' }, async ({ page, fake }) => {
      await page.getByLabel('Search leads').fill('brandt');
      await until(() => new URL(page.url()).searchParams.get('q') === 'brandt', 'the address says it');
      await page.getByRole('link', { name: /Brandt/ }).first().waitFor();
      await page.getByRole('link', { name: 'Hot', exact: true }).click();
      await page.getByLabel('Likelihood from').selectOption('50');
      await until(() => page.url().endsWith('/leads?q=brandt&intent=hot&min=50'), 'all three stand in the address');
      await until(() => fake.calls.some((c) => c.path === '/api/v1/leads' && /q=brandt.*intent=hot.*min_likelihood=50/.test(c.query)), 'the server was asked');
      await page.reload();
      assert.equal(await page.getByLabel('Search leads').inputValue(), 'brandt');
      await page.getByLabel('Search leads').fill('nobody of that name');
      await page.getByText('No lead matches').waitFor();
      await accessible(page, 'no match');
      await page.getByRole('link', { name: 'Clear search and view' }).click();
      await page.getByRole('link', { name: /Ana Ruiz/ }).first().waitFor();
    });

    state('a lead opens beside the list and keeps its place', { path: '/leads', viewport: DESK }, async ({ page }) => {
      await page.getByText('Pick a lead').waitFor();
      await page.locator('.virtual').evaluate((el) => { el.scrollTop = 700; });
      await page.getByRole('link', { name: /Ana Bell/ }).first().click();
      await heading(page, 'Ana Bell').waitFor();
      assert.ok(await page.locator('.virtual').evaluate((el) => el.scrollTop) >= 600);
      await page.goBack();
      await page.getByText('Pick a lead').waitFor();
    });

    state('a change heard on the stream shows in the row', { path: '/leads' }, async ({ page, fake }) => {
      await live(page);
      await page.getByRole('link', { name: /Marcus Bell/ }).first().waitFor();
      fake.push('lead', { lead_id: data.uuid(101), likelihood: 12, intent: 'cold', last_event_at: new Date().toISOString() });
      await page.getByRole('link', { name: /Marcus Bell.*Cold/ }).waitFor();
    });
  });

  describe('a lead', () => {
    state('every number opens, texts are marked where they were read', { path: LEAD }, async ({ page }) => {
      await heading(page, 'Ana Ruiz').waitFor();
      await page.getByText('Fairly sure: 4 signals, newest 2 h old').first().waitFor();
      await page.getByText('23.8 of 25 points').waitFor();
      await page.getByText('Events behind it (2)').click();
      await page.getByText('Pricing tool, 4 min').waitFor();
      await page.getByText('The parts add up to 86.5. Warm from 25, hot from 50, urgent from 80.').waitFor();
      await page.locator('.timeline mark').first().waitFor();
      assert.deepEqual(await page.locator('.timeline mark').allTextContents(), ['move ASAP', 'another agent']);
      await page.getByText('2 – 4 PM, Ana’s time in Los Angeles (5 – 7 PM yours)').waitFor();
      await page.getByText(/^It is .* for Ana \(Los Angeles\)\.$/).waitFor();
      await page.getByText('Yes. No objection is known.').waitFor();
      await page.getByText(/value: \$640,000/).waitFor();
      await accessible(page, 'an opened lead');
    });

    state('marks stand right behind letters of several bytes', { path: LEAD, language: 'es' }, async ({ page }) => {
      await page.locator('.timeline mark').first().waitFor();
      assert.deepEqual(await page.locator('.timeline mark').allTextContents(), ['mudarnos ya', 'otra agente']);
    });

    state('too little data is called that', { path: `/leads/${data.uuid(190)}` }, async ({ page }) => {
      await page.getByText('Too little data: 2 signals').first().waitFor();
    });

    state('who opted out is not written to', { path: `/leads/${data.uuid(108)}` }, async ({ page }) => {
      await page.getByText(/^No\. Opted out on .*Leadlight sends nothing\.$/).waitFor();
      assert.equal(await page.locator('a[href^="sms:"], a[href^="mailto:"]').count(), 0);
      assert.equal(await page.locator('a[href^="tel:"]').count(), 1);
    });
  });

  describe('by keyboard alone', () => {
    state('move, open, act, undo, search, help, palette', { viewport: DESK }, async ({ page, fake }) => {
      const at = () => page.evaluate(() => document.activeElement?.textContent ?? '');
      const key = (k) => page.keyboard.press(k);
      await heading(page, data.words.en.headline).waitFor();
      await key('Tab');
      assert.equal(await at(), 'Skip to content');
      await key('j');
      assert.match(await at(), /^Call Ana Ruiz before 11/);
      await key('j');
      await key('j');
      await key('k');
      assert.match(await at(), /^Text Marcus Nakamura/);
      await key('Enter');
      await heading(page, 'Marcus Bell').waitFor();
      await page.goBack();
      await card(page, 'Text Ana Ruiz about the value of the home').focus();
      await key('a');
      await page.getByText('Ana Ruiz: approved.').waitFor();
      await until(async () => (await at()).startsWith('Text Marcus Bell about'), 'the keyboard goes on at the next');
      await key('u');
      await card(page, 'Text Ana Ruiz about the value of the home').waitFor();
      assert.equal(posts(fake, '/approve').length, 0);
      await key('g');
      await key('l');
      await heading(page, 'Leads').waitFor();
      await key('/');
      assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('type')), 'search');
      await page.keyboard.type('j');
      assert.equal(await page.getByLabel('Search leads').inputValue(), 'j', 'letters are letters in a field');
      await key('Enter');
      await key('j');
      await key('Enter');
      await page.getByRole('heading', { name: 'Why this score' }).waitFor();
      await key('?');
      await page.getByRole('dialog', { name: 'Keys' }).waitFor();
      await accessible(page, 'the sheet of keys');
      await key('Escape');
      await until(async () => (await page.getByRole('dialog').count()) === 0, 'the sheet closed');
      await key('Control+k');
      const field = page.getByRole('combobox', { name: /Find a page/ });
      await field.fill('dana');
      await page.getByRole('option', { name: /Dana/ }).first().waitFor();
      await accessible(page, 'the palette');
      await key('Enter');
      await heading(page, /^Dana/).waitFor();
      await key('Control+k');
      await field.fill('today');
      await key('Enter');
      await heading(page, data.words.en.headline).waitFor();
    });

    state('single letters can be switched off', { path: '/settings' }, async ({ page }) => {
      await page.getByLabel('Single-letter keys').selectOption('off');
      await page.getByRole('heading', { level: 1 }).focus();
      await page.keyboard.press('?');
      assert.equal(await page.getByRole('dialog').count(), 0);
      await page.getByLabel('Single-letter keys').selectOption('on');
      await page.getByRole('heading', { level: 1 }).focus();
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    });
  });

  describe('settings', () => {
    state('what is wrong is said at the field, by the page or by the server', { path: '/settings', allowed: HTTP_FAILURES }, async ({ page, fake }) => {
      const field = (name) => page.getByLabel(name, { exact: true });
      const save = () => page.getByRole('button', { name: 'Save' }).click();
      await field('Act by itself from').fill('1.5');
      await save();
      await page.getByText('Enter a number from 0 to 1.').waitFor();
      assert.equal(await field('Act by itself from').getAttribute('aria-invalid'), 'true');
      await accessible(page, 'a field with an error');
      await field('Act by itself from').fill('0.95');
      await field('Quiet hours').fill('late');
      await save();
      await page.getByText('Write it as 21:00-07:00.').waitFor();
      assert.equal(await field('Quiet hours').getAttribute('aria-invalid'), 'true');
      assert.deepEqual(fake.settings.settings, { briefing_time: '06:30' }, 'all or nothing');
      await field('Quiet hours').fill('22:00-06:00');
      await save();
      await page.getByText('Saved.').waitFor();
      assert.deepEqual(fake.settings.settings, { briefing_time: '06:30', auto_threshold: 0.95, quiet_hours: '22:00-06:00' });
      await page.getByText('Set here. Without it: 0.9').waitFor();
    });

    state('what only the team sets is read by agents and set for the team', { path: '/settings' }, async ({ page, fake }) => {
      await page.getByText('Weight of pricing tool').waitFor();
      assert.equal(await page.getByLabel('Weight of pricing tool').count(), 0);
      await page.getByLabel('Applies to').selectOption({ label: 'The whole team' });
      await page.getByRole('heading', { name: 'How Leadlight works for the whole team' }).waitFor();
      await page.getByLabel('Weight of pricing tool').fill('30');
      await page.getByRole('button', { name: 'Save' }).click();
      await until(() => fake.calls.some((c) => c.method === 'PUT' && c.path.endsWith('/00000000-0000-0000-0000-000000000000')), 'it was sent for the team');
    });

    state('the inherited value comes back', { path: '/settings' }, async ({ page, fake }) => {
      await page.getByText('Set here. Without it: 7 AM').waitFor();
      await page.getByRole('button', { name: /^Use that instead ?: Briefing at/ }).click();
      await page.getByText('1 change not saved').waitFor();
      assert.equal(await page.getByLabel('Briefing at').inputValue(), '07:00');
      await page.getByRole('button', { name: 'Save' }).click();
      await until(() => Object.keys(fake.settings.settings).length === 0, 'null was sent');
    });

    state('language, appearance and rows are the device’s', { path: '/settings' }, async ({ page }) => {
      await page.getByLabel('Light or dark').selectOption('dark');
      await page.getByLabel('Rows').selectOption('compact');
      await page.getByLabel('Language', { exact: true }).first().selectOption('es');
      await heading(page, 'Ajustes').waitFor();
      await page.reload();
      await heading(page, 'Ajustes').waitFor();
      assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), 'dark');
      assert.equal(await page.locator('html').getAttribute('data-density'), 'compact');
    });
  });

  describe('operations', () => {
    state('a dead letter is replayed', { path: '/operations' }, async ({ page, fake }) => {
      await page.getByText('All well').waitFor();
      await page.getByRole('button', { name: /^Replay ?: ghl/ }).click();
      await page.getByText('Put back into the queue.').waitFor();
      await until(() => posts(fake, '/replay').length === 1, 'it was sent');
      await until(async () => (await page.getByRole('button', { name: /^Replay/ }).count()) === 1, 'one is left');
    });

    state('is for administrators', { path: '/operations', server: { role: 'agent' } }, async ({ page, fake }) => {
      await page.getByText('Only administrators see this page.').waitFor();
      assert.equal(await page.getByRole('link', { name: 'Operations' }).count(), 0);
      assert.ok(!fake.calls.some((c) => c.path === '/api/v1/operations'), 'the server was not even asked');
    });
  });

  describe('the door', () => {
    state('a wrong password, then the right one, then out', { server: { signedIn: false }, allowed: HTTP_FAILURES, path: '/leads' }, async ({ page, fake }) => {
      await heading(page, 'Sign in').waitFor();
      await accessible(page, 'the door');
      await page.getByLabel('E-mail').fill('rosa@example.test');
      await page.getByLabel('Password').fill('wrong');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('E-mail and password do not fit together.').waitFor();
      await accessible(page, 'the door after a wrong password');
      await page.getByLabel('Password').fill('open sesame');
      await page.keyboard.press('Enter');
      await heading(page, 'Leads').waitFor();
      await page.goto(`${fake.url}/more`);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await heading(page, 'Sign in').waitFor();
      assert.equal(await page.evaluate(async () => (await (await caches.open('leadlight-data')).keys()).length), 0, 'nobody’s data is left');
    });

    state('decisions taken before the session ended or was left are not lost', { allowed: HTTP_FAILURES }, async ({ page, fake }) => {
      await page.clock.install();
      await card(page, 'Text Ana Ruiz about the value of the home').getByRole('button', { name: /^Approve/ }).click();
      fake.o.signedIn = false;
      await page.clock.runFor(10_000);
      await page.getByLabel('E-mail').fill('rosa@example.test');
      await page.getByLabel('Password').fill('open sesame');
      assert.equal(posts(fake, '/approve').length, 1, 'refused: nobody was signed in');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await until(() => posts(fake, '/approve').length === 2, 'it was sent again');
      assert.equal(posts(fake, '/approve')[0].key, posts(fake, '/approve')[1].key, 'under the same key');
      await card(page, 'Text Marcus Bell about the value of the home').getByRole('button', { name: /^Approve/ }).click();
      await page.getByRole('link', { name: /^More/ }).click();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await heading(page, 'Sign in').waitFor();
      const order = fake.calls.filter((c) => c.path.endsWith('/approve') || c.method === 'DELETE').map((c) => c.method);
      assert.deepEqual(order, ['POST', 'POST', 'POST', 'DELETE'], 'first the decision, then the door');
    });

    state('a one-time code signs in and leaves the address', { server: { signedIn: false }, path: '/?code=good' }, async ({ page, fake }) => {
      await heading(page, data.words.en.headline).waitFor();
      assert.equal(new URL(page.url()).search, '');
      assert.deepEqual(posts(fake, '/session').map((c) => c.body), [{ code: 'good' }]);
    });

    state('a used code is explained', { server: { signedIn: false }, path: '/?code=used', allowed: HTTP_FAILURES }, async ({ page }) => {
      await page.getByText(/one-time sign-in address was already used/).waitFor();
    });

    state('a session that ended leads to the door and back', { allowed: HTTP_FAILURES }, async ({ page, fake }) => {
      await page.getByRole('link', { name: 'Call Ana Ruiz', exact: true }).first().waitFor();
      await page.waitForFunction(() => document.querySelectorAll('article a[data-act][href^="/leads"]').length === 2);
      fake.o.signedIn = false;
      await page.getByRole('link', { name: 'Leads', exact: true }).click();
      await heading(page, 'Sign in').waitFor();
      await page.getByLabel('E-mail').fill('rosa@example.test');
      await page.getByLabel('Password').fill('open sesame');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await heading(page, 'Leads').waitFor();
    });
  });
});
