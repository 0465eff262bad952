// npm test: everything built, a throwaway Redis, the programs some tests speak to, then vitest.
//
//   npm test -- [vitest's arguments]   `--project system`: all of test/, also the projects system-parallel and system-pairs
//   CI=true               a test-only program that cannot be had is an error; otherwise its tests are skipped and say so
//   TRIBUTARY_TEST_REPORT file for vitest's JSON report
//
// The tests find TRIBUTARY_TEST_REDIS_URL, TRIBUTARY_REDIS_SERVER (the program, to start more), and, where they are there,
// TRIBUTARY_TEST_MOSQUITTO_PUB, TRIBUTARY_TEST_MOSQUITTO_SUB, TRIBUTARY_TEST_PYTHON (one that has paho-mqtt) and
// TRIBUTARY_TEST_CHROMIUM.

import './lib/node-version.mjs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare } from './lib/dependencies.mjs';
import { spawnGuarded } from './lib/guard.mjs';
import { root } from './lib/paths.mjs';
import { ensureRedis } from './lib/redis-find.mjs';
import { startRedis } from './lib/redis.mjs';
import { script } from './lib/say.mjs';
import { untilSignal } from './lib/signals.mjs';
import { testPrograms } from './lib/test-programs.mjs';

const report = process.env.TRIBUTARY_TEST_REPORT;
const reporters = report ? ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`] : [];

/** The tests' environment: no option of ours from outside, it would reach every process they start. */
function cleanEnv() {
  const isKept = (name) => !name.startsWith('TRIBUTARY_') || name.startsWith('TRIBUTARY_TEST_');
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => isKept(name)));
}

/** Our arguments as vitest takes them: the system tests are several projects, by how many run beside each other. */
function given() {
  return process.argv
    .slice(2)
    .map((arg, n, all) => (all[n - 1] === '--project' ? `--project=${arg}` : arg))
    .filter((arg) => arg !== '--project')
    .map((arg) => (arg === '--project=system' ? '--project=system*' : arg));
}

function vitest(env, stopAsked) {
  const program = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [program, 'run', ...reporters, ...given()];
  const child = spawnGuarded('TERM', process.execPath, args, { cwd: root, env, stdio: 'inherit' });
  void stopAsked.then(() => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

await script(async () => {
  await prepare();
  const stopAsked = untilSignal();
  const program = await ensureRedis();
  const programs = await testPrograms({ areRequired: /^(1|true)$/.test(process.env.CI ?? '') });
  const dir = mkdtempSync(join(tmpdir(), 'tributary-test-redis-'));
  let redis;
  try {
    const { url } = await startRedis(program, dir, { isDurable: false, onStart: (child) => (redis = child) });
    const ours = { TRIBUTARY_TEST_REDIS_URL: url, TRIBUTARY_REDIS_SERVER: program, ...programs };
    return await vitest({ ...cleanEnv(), ...ours }, stopAsked);
  } finally {
    await redis?.stop();
    rmSync(dir, { recursive: true, force: true });
  }
});
