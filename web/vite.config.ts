// The dashboard's build: one page, one style sheet, a service worker at a fixed address.
//
// Everything is a file of our own: the pages are served under `script-src 'self'; style-src 'self'`, so nothing may be
// inlined, neither modules' preload code nor small images into the style sheet.
import { createHash } from 'node:crypto';
import { defineConfig, type Plugin } from 'vite';

// The worker has to know the names of the files it keeps, which carry hashes: they are known only at the end.
function shellList(): Plugin {
  return {
    name: 'shell-list',
    enforce: 'post', // after the style sheet was written
    generateBundle(_, bundle) {
      const names = Object.keys(bundle).filter((name) => name.startsWith('assets/')).sort();
      const shell = ['/', '/manifest.webmanifest', '/icon.svg', ...names.map((name) => `/${name}`)];
      const hash = createHash('sha256');
      for (const name of Object.keys(bundle).sort()) {
        const part = bundle[name]!;
        hash.update(name).update(part.type === 'chunk' ? part.code : part.source);
      }
      const worker = bundle['sw.js'];
      if (worker?.type !== 'chunk') this.error('there is no service worker in the bundle');
      worker.code = worker.code
        .replace(/(["'`])%SHELL%\1/, JSON.stringify(JSON.stringify(shell)))
        .replace('%BUILD%', hash.digest('hex').slice(0, 12));
      if (worker.code.includes('%SHELL%')) this.error('the list of files found no place in the service worker');
    },
  };
}

export default defineConfig({
  base: '/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [shellList()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rollupOptions: {
      input: { app: 'index.html', sw: 'src/sw/sw.ts' },
      output: {
        entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
});
