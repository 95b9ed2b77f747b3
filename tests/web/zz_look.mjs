import { launch, visit, PHONE, DESK } from './browser.mjs';
import { Home, Server, pause, until } from '../http/leadlight.mjs';
const home = new Home();
const s = await Server.start(home, ['demo']);
s.ended.then((o) => console.log('ENDED', o, s.said));
const path = await until(() => /\/\?code=\w+/.exec(s.printed)?.[0], 'code');
const b = await launch();
for (const [name, o] of Object.entries({ desk: { viewport: DESK }, phone: { viewport: PHONE }, dark: { viewport: DESK, scheme: 'dark' }, es: { viewport: PHONE, language: 'es' } })) {
  const { page, problems, context } = await visit(b, s.url, { path, ...o });
  await pause(1500);
  await page.screenshot({ path: `/tmp/shots/${name}-today.png`, fullPage: true });
  const link = page.locator('a[href^="/leads/"]').first();
  const href = await link.getAttribute('href');
  await page.goto(s.url + href); await pause(1000);
  await page.screenshot({ path: `/tmp/shots/${name}-lead.png`, fullPage: true });
  for (const p of ['leads', 'settings', 'operations']) { await page.goto(`${s.url}/${p}`); await pause(700); await page.screenshot({ path: `/tmp/shots/${name}-${p}.png` }); }
  console.log(name, problems);
  await context.close();
}
await b.close(); await s.stop(); home.remove();
