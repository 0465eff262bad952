import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@tributary/runtime';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../testing/until.ts';
import type { AuditRecord } from './audit-record.ts';
import { FileSink, type FileSinkOptions } from './file-sink.ts';

let folder: string;
let path: string;
const clock = new ManualClock();
const news: string[] = [];
const sinks: FileSink[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-audit-'));
  path = join(folder, 'audit.jsonl');
  news.length = 0;
});
afterEach(async () => {
  await Promise.all(sinks.splice(0).map((sink) => sink.stop()));
  await rm(folder, { recursive: true, force: true });
});

function openSink(more: Partial<FileSinkOptions> = {}): FileSink {
  const sink = new FileSink(
    { path, fsync: 'no', maxBufferBytes: 100_000, monotonic: () => clock.monotonic(), ...more },
    { onDown: (_sink, why) => void news.push(why), onUp: () => void news.push('up') },
  );
  sinks.push(sink);
  return sink;
}

const record = (seq: number): AuditRecord => ({
  kind: 'banned',
  outcome: 'success',
  time: 0,
  node: 'n',
  seq,
});
const numbersIn = async (file: string): Promise<number[]> =>
  (await readFile(file, 'utf8').catch(() => ''))
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { seq: number }).seq);
const written = (file: string, numbers: number[]) =>
  until(`lines ${numbers}`, async () => JSON.stringify(await numbersIn(file)) === JSON.stringify(numbers));

test.each(['always', 'everysec', 'no'] as const)('appends line by line, fsync %s', async (fsync) => {
  await writeFile(path, `{"seq":0}\n`);
  const sink = openSink({ fsync });
  for (const seq of [1, 2, 3]) sink.write(record(seq));
  await sink.stop();
  expect(await numbersIn(path)).toEqual([0, 1, 2, 3]);
});

test('a new file is for its owner and group only', async () => {
  const sink = openSink();
  sink.write(record(1));
  await sink.stop();
  expect((await stat(path)).mode & 0o027).toBe(0);
});

test('goes on in a new file when logrotate has moved the old one', async () => {
  const sink = openSink();
  sink.write(record(1));
  await written(path, [1]);
  await rename(path, `${path}.1`);
  clock.advance(1000);
  sink.write(record(2));
  await written(path, [2]);
  expect(await numbersIn(`${path}.1`)).toEqual([1]);
});

test('looks at once when it is told to', async () => {
  const sink = openSink();
  sink.write(record(1));
  await written(path, [1]);
  await rename(path, `${path}.1`);
  sink.reopen();
  sink.write(record(2));
  await written(path, [2]);
});

test('a file that cannot be opened costs what finds no room, is told once, and is tried again', async () => {
  const line = 100;
  const sink = openSink({ path: join(folder, 'later', 'audit.jsonl'), maxBufferBytes: 3 * line });
  for (let seq = 1; seq <= 100; seq++) sink.write(record(seq));
  await until('news', () => news.length === 1);
  expect(news[0]).toMatch(/ENOENT/);
  expect(sink.dropped).toBeGreaterThan(90);
  expect(sink.waitingBytes).toBeLessThanOrEqual(3 * line);
});

test('does not follow a link somebody put there', async () => {
  const target = join(folder, 'target');
  await writeFile(target, '');
  await symlink(target, path);
  const sink = openSink();
  sink.write(record(1));
  await until('news', () => news.length === 1);
  expect(await readFile(target, 'utf8')).toBe('');
});

test('a pipe nobody reads holds up nothing', async () => {
  execFileSync('mkfifo', [path]);
  const sink = openSink();
  sink.write(record(1));
  await until('news', () => news.length === 1);
  expect(news[0]).toMatch(/ENXIO/);
});
