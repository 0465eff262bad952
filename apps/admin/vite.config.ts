import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/**
 * The page makes no JSON schema of its schemas, and what zod brings along for that is 6 kB zipped: it is
 * replaced by functions of the same names that do nothing.
 */
const withoutJsonSchema: Plugin = {
  name: 'without-json-schema',
  transform: {
    filter: { id: /zod[\\/]v4[\\/]core[\\/](to-json-schema|json-schema-processors)\.js$/ },
    handler(code) {
      const named = [...code.matchAll(/^export (?:const|function) (\w+)/gm)].map(([, name]) => name);
      const nothing = [...named, 'process'].map((name) => `nothing as ${name}`).join(', ');
      return `const nothing = () => () => undefined; export { ${nothing} };`;
    },
  },
};

/** A zipped copy beside every file that is worth it; the admin sends that one to whoever takes it. */
const zippedCopies: Plugin = {
  name: 'zipped-copies',
  apply: 'build',
  writeBundle({ dir = '' }, bundle) {
    for (const file of Object.keys(bundle).filter((name) => /^assets\/.*\.(js|css)$/.test(name))) {
      const bytes = readFileSync(join(dir, file));
      if (bytes.length > 1024) writeFileSync(join(dir, `${file}.gz`), gzipSync(bytes, { level: 9 }));
    }
  },
};

/** Without style sheets: those of the shell must come first, they say in which order the layers of all others count. */
const firstPage =
  /web[\\/]src[\\/](range|charts[\\/](?!line-plot|uplot)|parts[\\/](?!dialog|menu|tabs|field|chip|plain-table|use-settled|waiting|first-device|copy-|operation-))|query-core|react-query|wouter/;

export default defineConfig({
  root: 'web',
  plugins: [react(), withoutJsonSchema, zippedCopies],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    // Everything is served by our own server under a strict policy: nothing inlined, nothing from elsewhere.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // What the first page needs travels together: thirty small files zip worse than one. Base UI, uPlot and the other
        // pages stay apart and come when they are needed.
        codeSplitting: { groups: [{ name: 'common', test: firstPage }] },
      },
      treeshake: {
        // Of what page and server say to each other, only what the page itself reads is part of it: making a schema
        // does nothing else, so one that nobody uses is left out. `z.…` in the page is for schemas only.
        moduleSideEffects: [
          { test: /libs[\\/]protocol/, sideEffects: false },
          { test: /node_modules[\\/]zod/, sideEffects: false },
        ],
        manualPureFunctions: ['z'],
      },
    },
  },
  // `vite` alone serves the page with hot reload; API and feed come from an admin started beside it.
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': {
        target: 'http://127.0.0.1:18083',
        changeOrigin: true,
        ws: true,
        headers: { origin: 'http://127.0.0.1:18083' },
      },
    },
  },
});
