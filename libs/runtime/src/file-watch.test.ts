import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { FileWatch } from './file-watch.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tributary-watch-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
});

/** Counts what a watch tells; `next` waits for one call more. */
function watched(files: readonly string[], options: { pollMs?: number } = {}) {
  let calls = 0;
  let wake = (): void => {};
  const watch = new FileWatch({
    files,
    settleMs: 10,
    pollMs: 20,
    ...options,
    onChange: () => {
      calls++;
      wake();
    },
  });
  onTestFinished(() => watch.stop());
  const next = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nothing was told; ${calls} calls before`)), 15_000);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  return { watch, next, calls: () => calls };
}

test('a write, a rename over it, a removal and its return are each told', async () => {
  const file = join(dir, 'a.pem');
  writeFileSync(file, '1');
  const { watch, next } = watched([file]);
  watch.start();
  for (const change of [
    // Of another size: clocks of file systems are coarse.
    () => writeFileSync(file, '22'),
    () => {
      writeFileSync(`${file}.new`, '22');
      renameSync(`${file}.new`, file);
    },
    () => unlinkSync(file),
    () => writeFileSync(file, '3'),
  ]) {
    const told = next();
    change();
    await told;
  }
});

test('a swap of the directory a link leads to is told, as Kubernetes replaces secrets', async () => {
  for (const version of ['v1', 'v2']) {
    mkdirSync(join(dir, version));
    writeFileSync(join(dir, version, 'tls.crt'), 'same');
  }
  symlinkSync('v1', join(dir, '..data'));
  symlinkSync('..data/tls.crt', join(dir, 'tls.crt'));
  const { watch, next } = watched([join(dir, 'tls.crt')]);
  watch.start();
  const told = next();
  symlinkSync('v2', join(dir, '..data_tmp'));
  renameSync(join(dir, '..data_tmp'), join(dir, '..data'));
  await told;
});

test('what changed between making the watch and starting it is told', async () => {
  const file = join(dir, 'a.pem');
  const { watch, next } = watched([file]);
  writeFileSync(file, '1');
  const told = next();
  watch.start();
  await told;
});

test('the kernel tells sooner than the poll would', async () => {
  const file = join(dir, 'a.pem');
  const { watch, next } = watched([file], { pollMs: 600_000 });
  watch.start();
  const told = next();
  writeFileSync(file, '1');
  await told;
});

test('a file in a directory that is not there yet is found by the poll', async () => {
  const file = join(dir, 'later', 'a.pem');
  const { watch, next } = watched([file]);
  watch.start();
  const told = next();
  mkdirSync(join(dir, 'later'));
  writeFileSync(file, '1');
  await told;
});

test('changes elsewhere in the directory are not told, nor anything after the stop', async () => {
  const file = join(dir, 'a.pem');
  const { watch, next, calls } = watched([file]);
  watch.start();
  writeFileSync(join(dir, 'other'), '1');
  const told = next();
  writeFileSync(file, '1');
  await told;
  expect(calls()).toBe(1);
  watch.stop();
  watch.stop();
  writeFileSync(file, '22');
  const other = watched([file]);
  other.watch.start();
  const alsoTold = other.next();
  writeFileSync(file, '333');
  await alsoTold;
  expect(calls()).toBe(1);
});
