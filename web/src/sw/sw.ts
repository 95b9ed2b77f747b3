// The service worker: the page itself from this device, so that it opens at once and without a connection.
//
// It keeps the shell only (the page, its script and style, icons). What the API says is kept by the page (src/api.ts), which
// knows who is signed in and what may be shown as old; requests to the API, streams and everything else pass through.
declare const self: ServiceWorkerGlobalScope;
export {};

const SHELL = JSON.parse('%SHELL%') as string[];
const NAME = 'leadlight-shell-%BUILD%';
const PAGES = /^\/(?:leads(?:\/[^/]+)?|settings|operations|more|sign-in)?\/?$/;

async function install(): Promise<void> {
  const cache = await caches.open(NAME);
  await cache.addAll(SHELL.map((path) => new Request(path, { cache: 'reload' })));
  await self.skipWaiting();
}

async function activate(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith('leadlight-shell-') && name !== NAME) await caches.delete(name);
  }
  await self.clients.claim();
}

async function fromShell(key: string, request: Request): Promise<Response> {
  const found = await (await caches.open(NAME)).match(key);
  return found ?? fetch(request);
}

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  // A one-time code must reach the page in its address, and does: the shell is the same page.
  if (request.mode === 'navigate' && PAGES.test(url.pathname)) event.respondWith(fromShell('/', request));
  else if (SHELL.includes(url.pathname)) event.respondWith(fromShell(url.pathname, request));
});
