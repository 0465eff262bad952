import { afterEach, describe, expect, test } from 'vitest';
import { createLogger, lineOutput, ManualClock } from '@tributary/runtime';
import { type AuditKind, auditKinds } from '../config/audit-words.ts';
import type { AuditEvent } from './audit-event.ts';
import { AuditLog, type AuditSettings } from './audit-log.ts';
import type { AuditRecord } from './audit-record.ts';
import type { AuditSink } from './audit-sink.ts';
import { cleanText } from './clean-text.ts';
import { jsonLine } from './json-line.ts';
import { StdoutSink } from './stdout-sink.ts';

const open: AuditLog<AuditSettings>[] = [];
afterEach(() => Promise.all(open.splice(0).map((log) => log.stop())));

/** An audit log that writes to a list. */
function stage(settings: Partial<AuditSettings> = {}) {
  const clock = new ManualClock();
  const records: AuditRecord[] = [];
  const sink: AuditSink = {
    name: 'file',
    dropped: 0,
    waitingBytes: 0,
    write: (record) => void records.push(record),
    stop: () => Promise.resolve(),
  };
  const sinks = [sink];
  const log = new AuditLog<AuditSettings>(
    { kinds: auditKinds, coalesceMs: 10_000, ...settings },
    {
      openSinks: () => [...sinks],
      nodeName: () => 'gw-1.a',
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
    },
  );
  open.push(log);
  log.start();
  return { log, records, clock, sinks };
}

const refusedFrom = (source: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  ...{ kind: 'connection-refused', outcome: 'failure', source, reason: 'server-busy' },
  ...more,
});

test('numbers what it tells, and names the node and the time', () => {
  const { log, records, clock } = stage();
  log.say({ kind: 'connected', outcome: 'success', clientId: 'pump-1' });
  log.say({ kind: 'disconnected', outcome: 'success', clientId: 'pump-1', reason: 'normal' });
  expect(records).toMatchObject([
    { kind: 'connected', seq: 1, node: 'gw-1.a', time: clock.now(), clientId: 'pump-1' },
    { kind: 'disconnected', seq: 2, reason: 'normal' },
  ]);
});

test('tells only the kinds it was asked for', () => {
  const kinds: AuditKind[] = ['banned'];
  const { log, records } = stage({ kinds });
  log.say({ kind: 'connected', outcome: 'success' });
  log.say({ kind: 'banned', outcome: 'success' });
  log.configure({ kinds: ['connected'], coalesceMs: 10_000 });
  log.say({ kind: 'connected', outcome: 'success' });
  expect(records.map(({ kind }) => kind)).toEqual(['banned', 'connected']);
});

test('what a place has lost stays counted while it closes, and the end waits for it', async () => {
  let closed = (): void => {};
  const { log, sinks } = stage();
  sinks[0] = { ...sinks[0]!, dropped: 3, stop: () => new Promise((resolve) => (closed = resolve)) };
  log.configure({ kinds: auditKinds, coalesceMs: 10_000 });
  sinks.pop();
  log.configure({ kinds: auditKinds, coalesceMs: 10_000 });
  expect(log.dropped()).toEqual(new Map([['file', 3]]));
  let isStopped = false;
  const stopped = log.stop().then(() => (isStopped = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isStopped).toBe(false);
  closed();
  await stopped;
  expect(log.dropped()).toEqual(new Map([['file', 3]]));
});

describe('refusals of one source', () => {
  test('share a line with their count in each interval', () => {
    const { log, records, clock } = stage();
    for (let i = 0; i < 1000; i++) log.say(refusedFrom(`10.0.0.1:${i + 1}`));
    expect(records).toHaveLength(1);
    clock.advance(10_000);
    log.tellDue();
    expect(records[1]).toMatchObject({ source: '10.0.0.1:1000', count: 999, reason: 'server-busy' });
    clock.advance(10_000);
    log.tellDue();
    log.say(refusedFrom('10.0.0.1:1'));
    expect(records).toHaveLength(3);
    expect(records[2]!.count).toBeUndefined();
  });

  test('are told apart by kind, reason and source', () => {
    const { log, records } = stage();
    log.say(refusedFrom('10.0.0.1:1'));
    log.say(refusedFrom('10.0.0.1:2', { reason: 'banned' }));
    log.say(refusedFrom('10.0.0.1:3', { kind: 'authentication-failed' }));
    log.say(refusedFrom('[2001:db8::1]:3'));
    log.say(refusedFrom('[2001:db8::1]:4'));
    expect(records).toHaveLength(4);
  });

  test('what is counted is told when the log stops', async () => {
    const { log, records } = stage();
    for (let i = 0; i < 3; i++) log.say(refusedFrom('10.0.0.1:1'));
    await log.stop();
    expect(records[1]).toMatchObject({ count: 2 });
  });
});

test('an attack from ten thousand addresses costs a bounded number of lines', () => {
  const { log, records, clock } = stage();
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 10_000; i++) log.say(refusedFrom(`10.${i >> 8}.${i & 255}.7:1`));
    clock.advance(10_000);
    log.tellDue();
  }
  expect(records.length).toBeLessThan(257 * 4);
  const counted = records.reduce((sum, { count = 1 }) => sum + count, 0);
  expect(counted).toBe(30_000);
  expect(records.some(({ detail, source }) => detail === 'from many sources' && source === undefined)).toBe(
    true,
  );
});

test('what operators do is never counted together', () => {
  const { log, records } = stage();
  for (const detail of ['one', 'other']) log.say({ kind: 'configuration', outcome: 'failure', detail });
  expect(records.map(({ detail }) => detail)).toEqual(['one', 'other']);
});

test.each([
  ['pump-1', 'pump-1'],
  ['a\nb\u0000\u007f\u0085', 'a\ufffdb\ufffd\ufffd\ufffd'],
  ['\u202eevil\u2028', '\ufffdevil\ufffd'],
  ['half \ud800', 'half \ufffd'],
  ['ä'.repeat(200), 'ä'.repeat(128)],
  ['🚚'.repeat(200), '🚚'.repeat(64)],
  ['x'.repeat(70_000), 'x'.repeat(256)],
])('a client id is fit for a line: %j', (text, clean) => {
  expect(cleanText(text, 256)).toBe(clean);
});

test('a line of JSON is one line, whatever the client id', () => {
  const { log, records } = stage();
  log.say({ kind: 'connected', outcome: 'success', clientId: '"}\n{"audit":"banned' });
  const line = jsonLine(records[0]!);
  expect(line.indexOf('\n')).toBe(line.length - 1);
  expect(JSON.parse(line)).toMatchObject({ audit: 'connected', clientId: '"}\ufffd{"audit":"banned' });
});

test('lines on stdout stand whole between those of the log, and are told apart by their first field', () => {
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } });
  const sink = new StdoutSink(lineOutput(logger));
  logger.info('before');
  sink.write({ kind: 'banned', outcome: 'success', time: 0, node: 'gw-1.a', seq: 1 });
  logger.info('after');
  expect(lines.map((line) => line.slice(0, 9))).toEqual(['{"level":', '{"audit":', '{"level":']);
  expect(sink.dropped).toBe(0);
});
