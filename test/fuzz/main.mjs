// npm run fuzz: mutated packet sequences against a live node, until time is up or something fails. CONTRIBUTING.md.
//
//   node test/fuzz/main.mjs [--seconds N] [--seed S] [--case N] [--replay FILE]
//
// The fuzzer is TypeScript of the tests; vite, which the tests use too, loads it.

import '../../scripts/lib/node-version.mjs';
import { join } from 'node:path';
import { prepare } from '../../scripts/lib/dependencies.mjs';
import { root, stateDir } from '../../scripts/lib/paths.mjs';
import { ensureRedis } from '../../scripts/lib/redis-find.mjs';
import { Failure, say, script } from '../../scripts/lib/say.mjs';
import { untilSignal } from '../../scripts/lib/signals.mjs';

async function load() {
  const { runnerImport } = await import('vite');
  const fuzz = (name) => runnerImport(join(root, 'test', 'fuzz', name), { root, logLevel: 'error' });
  const [run, commandLine] = [await fuzz('run.ts'), await fuzz('command-line.ts')];
  return { ...run.module, ...commandLine.module };
}

await script(async () => {
  await prepare();
  const { run, usage } = await load();
  const args = process.argv.slice(2);
  if (args.includes('--help')) {
    say(usage);
    return 0;
  }
  process.env.TRIBUTARY_REDIS_SERVER = await ensureRedis();
  let isStopped = false;
  void untilSignal(() => process.exit(130)).then(() => (isStopped = true));
  const code = await run({
    args,
    cwd: process.env.INIT_CWD ?? process.cwd(),
    directory: join(stateDir, 'fuzz'),
    say,
    isStopped: () => isStopped,
    reduceMs: 120_000,
  }).catch((error) => {
    throw error instanceof TypeError ? new Failure(`${error.message}\n\n${usage}`) : error;
  });
  // Signals were taken over: nothing else keeps this process.
  process.exit(code);
});
