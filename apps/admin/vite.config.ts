import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: 'web',
  plugins: [react()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    // Everything is served by our own server under a strict policy: nothing inlined, nothing from elsewhere.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
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
