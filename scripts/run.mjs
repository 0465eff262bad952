// npm run demo | tail | bench | reset-password: built and started, and pointed at the system that `npm start` runs here.
//
//   node scripts/run.mjs demo|tail|bench [its own arguments]
//   node scripts/run.mjs reset-password [operator, else admin]

import './lib/node-version.mjs';
import { join } from 'node:path';
import { clientEnv } from './lib/addresses.mjs';
import { prepare } from './lib/dependencies.mjs';
import { spawnGuarded } from './lib/guard.mjs';
import { root } from './lib/paths.mjs';
import { ensureRedis } from './lib/redis-find.mjs';
import { running } from './lib/run-file.mjs';
import { Failure, script } from './lib/say.mjs';
import { untilSignal } from './lib/signals.mjs';

const cli = join(root, 'apps', 'cli', 'dist', 'main.js');
const admin = join(root, 'apps', 'admin', 'dist', 'main.js');
const programs = {
  'demo': [cli, 'demo'],
  'tail': [cli, 'tail'],
  'bench': [join(root, 'bench', 'dist', 'src', 'main.js')],
  'reset-password': [admin, '--reset-password'],
};

/** What a program gets that was given no arguments. */
const usualArguments = { 'reset-password': ['admin'] };

/** What the program finds in its environment; a person's own settings win. */
async function environment(name) {
  const run = running();
  const found = run === undefined ? {} : clientEnv(run);
  if (name === 'reset-password' && run?.namespace !== undefined)
    found.TRIBUTARY_REDIS_NAMESPACE = run.namespace;
  if (name === 'bench') return { ...process.env, TRIBUTARY_REDIS_SERVER: await ensureRedis() };
  return { ...found, ...process.env };
}

await script(async () => {
  const [name = '', ...given] = process.argv.slice(2);
  const program = programs[name];
  if (program === undefined) throw new Failure(`Which one? ${Object.keys(programs).join(', ')}`);
  const args = given.length > 0 ? given : (usualArguments[name] ?? []);
  await prepare();
  const stopAsked = untilSignal();
  const child = spawnGuarded('TERM', process.execPath, [...program, ...args], {
    cwd: process.env.INIT_CWD ?? process.cwd(),
    env: await environment(name),
    stdio: 'inherit',
  });
  // Ctrl-C reaches the child through the terminal; everything else comes to this process alone.
  const isHeard = (signal) => signal === 'SIGINT' && process.stdin.isTTY === true;
  void stopAsked.then((signal) => isHeard(signal) || child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
});
