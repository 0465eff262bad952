// Adds the lock entries of platform packages that the registry at hand did not serve, so that `npm ci` accepts
// the lock on every machine (docs/decisions/0003-lock-file-repair.md). `--check` only says whether any is missing.
//
//   node scripts/fix-lock.mjs [--check]

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { missingEntries, registryAddresses, repaired } from './lib/lockfile.mjs';
import { root } from './lib/paths.mjs';

const file = join(root, 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
const missing = missingEntries(lock).map(({ name }) => name);
const addresses = registryAddresses(lock);

if (missing.length === 0 && addresses.length === 0) {
  process.stdout.write('package-lock.json: complete\n');
} else if (process.argv.includes('--check')) {
  for (const name of missing) process.stderr.write(`package-lock.json: no entry for ${name}\n`);
  for (const key of addresses) process.stderr.write(`package-lock.json: ${key} names a registry address\n`);
  process.stderr.write('Run `node scripts/fix-lock.mjs` and commit the result.\n');
  process.exitCode = 1;
} else {
  writeFileSync(file, `${JSON.stringify(repaired(lock), null, 2)}\n`);
  process.stdout.write(
    `package-lock.json: ${missing.length} entries added, ${addresses.length} addresses removed\n`,
  );
}
