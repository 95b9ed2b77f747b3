// Draws the PNG icons from public/icon.svg with Chromium. Run by hand after changing the drawing:
//   (cd ../tests && npm ci) && node scripts/icons.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const here = new URL('../public/', import.meta.url);
const { chromium } = createRequire(new URL('../../tests/package.json', import.meta.url))('playwright-core');
const svg = readFileSync(new URL('icon.svg', here), 'utf8');
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });

async function draw(name, size, picture) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>*{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${picture}`);
  writeFileSync(new URL(name, here), await page.screenshot({ omitBackground: true }));
  await page.close();
}

await draw('icon-192.png', 192, svg);
await draw('icon-512.png', 512, svg);
// A launcher cuts its own shape out of a maskable icon: no corners of ours.
await draw('icon-maskable-512.png', 512, svg.replace('rx="14"', 'rx="0"'));
await browser.close();
