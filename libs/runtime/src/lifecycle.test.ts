import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runUntilSignal, type Lifecycle, type ProcessHost } from './lifecycle.ts';
import { createLogger } from './log.ts';

/** A process that notes how it was ended. */
class FakeProcess extends EventEmitter implements ProcessHost {
  ppid = 100;
  env: NodeJS.ProcessEnv = {};
  readonly exits: number[] = [];

  exit(code: number): void {
    this.exits.push(code);
  }
}

let host: FakeProcess;
let stops: string[];
let lines: string[];

beforeEach(() => {
  vi.useFakeTimers();
  host = new FakeProcess();
  stops = [];
  lines = [];
});
afterEach(() => {
  vi.useRealTimers();
});

function run(parts: Partial<Lifecycle> = {}): Promise<void> {
  return runUntilSignal({
    start: () => Promise.resolve(),
    stop: (reason) => Promise.resolve(void stops.push(reason)),
    deadlineMs: 1000,
    logger: createLogger({ level: 'info', destination: { write: (line) => lines.push(line) } }),
    host,
    ...parts,
  });
}

const never = (): Promise<void> => new Promise(() => undefined);

test.each(['SIGTERM', 'SIGINT'])('%s stops once and exits 0', async (signal) => {
  await run();
  host.emit(signal, signal);
  await vi.advanceTimersByTimeAsync(0);
  expect([stops, host.exits]).toEqual([[signal], [0]]);
});

test('a signal stops a program that is still starting', async () => {
  void run({ start: never });
  host.emit('SIGTERM');
  await vi.advanceTimersByTimeAsync(0);
  expect([stops, host.exits]).toEqual([['SIGTERM'], [0]]);
});

test('a start that fails because it was stopped is no failure', async () => {
  let fail: (cause: Error) => void = () => undefined;
  const running = run({ start: () => new Promise((_, reject) => (fail = reject)) });
  host.emit('SIGTERM');
  fail(new Error('interrupted'));
  await running;
  await vi.advanceTimersByTimeAsync(0);
  expect([stops, host.exits]).toEqual([['SIGTERM'], [0]]);
});

test('the same signal again exits 1 at once', async () => {
  await run({ stop: never });
  host.emit('SIGINT');
  host.emit('SIGINT');
  await vi.advanceTimersByTimeAsync(0);
  expect(host.exits).toEqual([1]);
});

test('one Ctrl-C that arrives twice, as SIGINT and from the parent as SIGTERM, is one', async () => {
  await run({ stop: never });
  host.emit('SIGINT');
  host.emit('SIGTERM');
  expect(host.exits).toEqual([]);
});

test('another signal later exits 1 at once', async () => {
  await run({ stop: never, deadlineMs: 60_000 });
  host.emit('SIGINT');
  await vi.advanceTimersByTimeAsync(1500);
  host.emit('SIGTERM');
  await vi.advanceTimersByTimeAsync(0);
  expect(host.exits).toEqual([1]);
});

test('a stop that takes longer than its deadline is cut short with exit 1', async () => {
  await run({ stop: never });
  host.emit('SIGTERM');
  await vi.advanceTimersByTimeAsync(999);
  expect(host.exits).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(host.exits).toEqual([1]);
  expect(lines.join()).toContain('did not stop within its deadline');
});

test('a stop that fails is logged and exits 1', async () => {
  await run({ stop: () => Promise.reject(new Error('stuck')) });
  host.emit('SIGTERM');
  await vi.advanceTimersByTimeAsync(0);
  expect(host.exits).toEqual([1]);
  expect(lines.join()).toContain('stuck');
});

test('a start that fails is logged, stopped in order, and exits 1', async () => {
  await run({ start: () => Promise.reject(new Error('port taken')) });
  await vi.advanceTimersByTimeAsync(0);
  expect([stops, host.exits]).toEqual([['start-failed'], [1]]);
  expect(lines.join()).toContain('port taken');
});

test.each([
  ['uncaughtException', new Error('bug'), 'bug'],
  ['unhandledRejection', 'plain text', 'plain text'],
])('%s is logged with its stack, then all stops in order and exits 1', async (event, cause, text) => {
  await run();
  host.emit(event, cause);
  host.emit(event, cause);
  await vi.advanceTimersByTimeAsync(0);
  expect([stops, host.exits]).toEqual([['unexpected-error'], [1]]);
  const line = JSON.parse(lines[0] ?? '') as { err: { message: string; stack: string } };
  expect(line.err.message).toBe(text);
  expect(line.err.stack).toContain('lifecycle');
});

test('an unexpected error while stopping turns the exit code to 1', async () => {
  let finish: () => void = () => undefined;
  await run({ stop: () => new Promise((resolve) => (finish = resolve)) });
  host.emit('SIGTERM');
  host.emit('uncaughtException', new Error('bug'));
  finish();
  await vi.advanceTimersByTimeAsync(0);
  expect(host.exits).toEqual([1]);
});

test('the death of the parent stops a program that was told to watch it', async () => {
  host.env = { TRIBUTARY_PARENT_WATCH: String(host.ppid) };
  await run();
  await vi.advanceTimersByTimeAsync(3000);
  expect(host.exits).toEqual([]);
  host.ppid = 1;
  await vi.advanceTimersByTimeAsync(1000);
  expect([stops, host.exits]).toEqual([['parent-lost'], [1]]);
});

test('without being told, a program outlives its parent', async () => {
  await run();
  host.ppid = 1;
  await vi.advanceTimersByTimeAsync(5000);
  expect(host.exits).toEqual([]);
});

test('a parent that died before it could be watched stops the program too', async () => {
  host.env = { TRIBUTARY_PARENT_WATCH: String(host.ppid) };
  host.ppid = 1;
  await run();
  await vi.advanceTimersByTimeAsync(1000);
  expect([stops, host.exits]).toEqual([['parent-lost'], [1]]);
});
