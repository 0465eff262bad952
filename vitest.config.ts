import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// Sources are resolved through the `source` condition, so unit tests need no build. Never add `import`:
// it would reach the workers and make `require('ws')` load the ESM wrapper.
const conditions = ['source', ...defaultServerConditions];

const unit = (name: string, root: string) => ({
  extends: true as const,
  test: { name, root, include: ['src/**/*.test.ts'], environment: 'node' as const },
});

export default defineConfig({
  ssr: { resolve: { conditions } },
  test: {
    testTimeout: 20_000,
    hookTimeout: 30_000,
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
          name: 'system',
          root: 'test',
          include: ['**/*.test.ts'],
          environment: 'node',
          // Whole processes on two cores: one file at a time keeps every deadline honest.
          fileParallelism: false,
          // Tests marked concurrent only wait for a clock of the server's: all of a file wait at once.
          maxConcurrency: 40,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
