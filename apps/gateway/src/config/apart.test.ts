import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '@tributary/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadApart } from './apart.ts';

// Large files go through a thread, which runs what was built: test/integration/config-reload.test.ts.
let file = '';
beforeAll(() => {
  file = join(mkdtempSync(join(tmpdir(), 'apart-')), 'node.yaml');
});
afterAll(() => rmSync(join(file, '..'), { recursive: true }));

test('a small file is read as at the start', async () => {
  writeFileSync(file, 'limits: { maxPacketBytes: 4096 }');
  const { config } = await loadApart({ file, env: { TRIBUTARY_PARTITIONS: '4' } });
  expect(config).toMatchObject({ partitions: 4, limits: { maxPacketBytes: 4096 } });
});

test('what is wrong with it rejects, with every problem; so does a file that is gone', async () => {
  writeFileSync(file, 'partitions: 0\nworkers: 7');
  const wrong = loadApart({ file, env: {} });
  await expect(wrong).rejects.toBeInstanceOf(ConfigError);
  await expect(wrong).rejects.toThrow(/partitions must be .*\nworkers must be/);
  await expect(loadApart({ file: `${file}.gone`, env: {} })).rejects.toThrow('cannot be read');
});
