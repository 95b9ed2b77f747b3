// A browser to look with: Debian's Chromium, one page at a time, and what nobody should find on it.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const DIST = fileURLToPath(new URL('../../web/dist/index.html', import.meta.url));
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
export const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1440, height: 900 };

const require = createRequire(import.meta.url);
const installed = existsSync(fileURLToPath(new URL('../node_modules/playwright-core', import.meta.url)));

/** Why the browser tests cannot run here, or an empty text. */
export function cannot() {
  if (!installed) return 'the test packages are not installed (npm ci in tests/)';
  if (!existsSync(CHROMIUM)) return `there is no browser at ${CHROMIUM}`;
  if (!existsSync(DIST)) return 'the dashboard is not built (npm ci && npm run build in web/)';
  return '';
}

export const launch = () => require('playwright-core').chromium.launch({ executablePath: CHROMIUM, args: FLAGS });

/** A fresh device at `url`. `problems` collects what the console and the content policy complain of. */
export async function visit(browser, url, { viewport = PHONE, scheme = 'light', language = 'en', worker = false, path = '/', reduced = 'reduce' } = {}) {
  const context = await browser.newContext({
    viewport, colorScheme: scheme, locale: language === 'es' ? 'es-US' : 'en-US', reducedMotion: reduced, timezoneId: 'Asia/Kathmandu',
    serviceWorkers: worker ? 'allow' : 'block',
  });
  const problems = [];
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (e) => console.error(`content policy: ${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
  });
  const page = await context.newPage();
  page.on('console', (m) => {
    if (['error', 'warning'].includes(m.type()) && !m.text().includes('blocked by Playwright')) problems.push(m.text());
  });
  page.on('pageerror', (e) => problems.push(`exception: ${e.message}`));
  page.setDefaultTimeout(8000);
  await page.goto(url + path);
  return { context, page, problems };
}

/** Nothing was complained of, but for answers that the test itself made fail. */
export function clean(problems, allowed = /(?!)/) {
  assert.deepEqual(problems.filter((p) => !allowed.test(p)), []);
}

export const HTTP_FAILURES = /Failed to load resource|net::ERR_/;

const AXE = installed ? readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8') : '';

/** axe finds nothing, of any rule set it has for us. */
export async function accessible(page, what) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}: ${n.failureSummary}`));
  });
  assert.deepEqual(found, [], `axe on ${what}`);
}

/** Nothing sticks out sideways, and whatever is pressed is at least 44 px high. */
export async function fits(page, what) {
  const found = await page.evaluate(() => {
    const out = [];
    for (const el of [document.documentElement, ...document.querySelectorAll('main, .detail-pane, .virtual, .body')]) {
      if (el.scrollWidth > el.clientWidth + 1) out.push(`${el.tagName}.${el.className} is ${el.scrollWidth} wide in ${el.clientWidth}`);
    }
    for (const el of document.querySelectorAll('button, .button, input, select, textarea, summary, .nav-item, .chip, .lead-row, .strip-row')) {
      const box = el.getBoundingClientRect();
      if (box.height > 0 && el.checkVisibility() && box.height < 43.9) out.push(`${el.textContent.trim() || el.tagName} is only ${box.height} high`);
    }
    return out;
  });
  assert.deepEqual(found, [], `layout of ${what}`);
}

/** Waits until `look` gives something true; says what it waited for when it never did. */
export async function until(look, what, ms = 8000) {
  const end = Date.now() + ms;
  for (;;) {
    const it = await look();
    if (it) return it;
    if (Date.now() > end) assert.fail(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
