#!/usr/bin/env node
// A file of its own: npm links it before anything is built, and what tsc writes is not executable.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(fileURLToPath(main))) {
  await import(main.href);
} else {
  process.stderr.write('tributary: not built yet; run `npm run build` first\n');
  process.exitCode = 1;
}
