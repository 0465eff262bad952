import { availableParallelism } from 'node:os';
import { defaultServerConditions } from 'vite';
import { configDefaults, defineConfig } from 'vitest/config';

// Sources are resolved through the `source` condition, so unit tests need no build. Never add `import`:
// it would reach the workers and make `require('ws')` load the ESM wrapper.
const conditions = ['source', ...defaultServerConditions];

const unit = (name: string, root: string) => ({
  extends: true as const,
  test: { name, root, include: ['src/**/*.test.ts'], environment: 'node' as const },
});

/** Tests about load, memory, fairness and the short deadlines of devices: they need the machine to themselves. */
const alone = 'connect-memory|fairness|high-mark|presence*|slow-consumers-*';
/** Tests that are a machine's work by themselves: a browser, a whole start, a link of its own. Two beside each other. */
const heavy = 'clients-paho|quality-*';

/**
 * Files that run beside each other: each has a gateway and a Redis of its own and mostly waits, for answers or for a
 * clock of the server's. A new folder under test/ runs alone until it stands here.
 */
const parallelFiles = [
  'conformance/**/!(*-keep-alive).test.ts',
  `integration/!(${alone}|${heavy}).test.ts`,
  // Not those that measure: figures of a node, and a thousand devices at once.
  'chaos/!(figures|storm).test.ts',
  'fuzz/**/*.test.ts',
  'security/**/!(*-alone).test.ts',
];

const pairedFiles = [
  'browser/**/*.test.ts',
  'house/**/*.test.ts',
  'link/**/*.test.ts',
  `integration/@(${heavy}).test.ts`,
];

const system = {
  root: 'test',
  environment: 'node' as const,
  // Tests marked concurrent only wait for a clock of the server's: all of a file wait at once.
  maxConcurrency: 40,
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  ssr: { resolve: { conditions } },
  test: {
    // More than what a test waits for inside, which says what did not come.
    testTimeout: 40_000,
    hookTimeout: 60_000,
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Projects run at the same time unless their `groupOrder` differs; then the next begins when the one before has ended.
    projects: [
      unit('protocol', 'libs/protocol'),
      unit('runtime', 'libs/runtime'),
      unit('backplane', 'libs/backplane'),
      unit('gateway', 'apps/gateway'),
      unit('admin', 'apps/admin'),
      unit('cli', 'apps/cli'),
      {
        extends: true,
        test: { name: 'bench', root: 'bench', include: ['{load,src}/**/*.test.ts'], environment: 'node' },
      },
      {
        extends: true,
        test: { name: 'scripts', root: 'scripts', include: ['**/*.test.mjs'], environment: 'node' },
      },
      {
        extends: true,
        test: { name: 'web', root: 'apps/admin/web', include: ['src/**/*.test.ts'], environment: 'node' },
      },
      {
        extends: true,
        test: {
          ...system,
          name: 'system-parallel',
          include: parallelFiles,
          // Three, because they wait: two cores are two thirds busy. Their helpers are loaded once for each of the three.
          maxWorkers: 3,
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...system,
          name: 'system-pairs',
          include: pairedFiles,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          ...system,
          name: 'system',
          include: ['**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...parallelFiles, ...pairedFiles],
          // Whole processes on two cores: one file at a time keeps every deadline honest.
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
