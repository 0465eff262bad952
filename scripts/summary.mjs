// Prints `N passed, N failed` for a run of the tests.
//
//   node scripts/summary.mjs REPORT EXIT_CODE...

import './lib/node-version.mjs';
import { readFileSync } from 'node:fs';
import { summarise } from './lib/test-summary.mjs';

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

const [file, ...codes] = process.argv.slice(2);
const { passed, failed } = summarise(read(file), codes.map(Number));
process.stdout.write(`${passed} passed, ${failed} failed\n`);
