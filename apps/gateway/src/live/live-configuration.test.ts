import {
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  mkdirSync,
  unlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@tributary/runtime';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AuditEvent } from '../audit/audit-event.ts';
import { type GatewayConfig, loadGatewayConfig } from '../config/config.ts';
import { until } from '../testing/until.ts';
import { LiveConfiguration } from './live-configuration.ts';

let directory = '';
let stop: (() => Promise<void>)[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'live-'));
});
afterEach(async () => {
  await Promise.all(stop.map((end) => end()));
  stop = [];
  rmSync(directory, { recursive: true });
});

interface Node {
  readonly file: string;
  readonly live: LiveConfiguration;
  /** What was handed to the parts. */
  readonly applied: GatewayConfig[];
  readonly said: AuditEvent[];
  readonly log: string[];
  isReady: boolean;
  /** The next time the parts are told, one cannot. */
  failing: string | undefined;
}

/** A node that runs with `text`. */
function runs(text: string, file = join(directory, 'node.yaml')): Node {
  if (text !== '') writeFileSync(file, text);
  const log: string[] = [];
  const logger = createLogger({ level: 'info', destination: { write: (line) => void log.push(line) } });
  const source = { file, warnings: [], load: async () => loadGatewayConfig({ file, env: {} }) };
  const node: Omit<Node, 'live'> = { file, applied: [], said: [], log, isReady: true, failing: undefined };
  const live = new LiveConfiguration({
    source,
    inForce: loadGatewayConfig({ file, env: {} }).config,
    apply: async (next) => {
      await Promise.resolve();
      if (node.failing !== undefined) throw new Error(node.failing);
      node.applied.push(next);
    },
    isReady: () => node.isReady,
    audit: { say: (event) => void node.said.push(event) },
    logger,
    // Trials take a fifth of their time.
    monotonic: () => performance.now() * 5,
  });
  live.start();
  stop.push(() => live.stop());
  return Object.assign(node, { live });
}

/** Writes the file as a deployment would, and has it read. */
async function change(node: Node, text: string): Promise<void> {
  writeFileSync(node.file, text);
  await node.live.reload('signal');
}

test('what is live is applied in one go, told and audited; what needs a restart is named and waits', async () => {
  const node = runs('log: { level: info }');
  await change(
    node,
    'log: { level: warn }\nlimits: { maxPacketBytes: 4096 }\npartitions: 4\nredis: { url: "redis://u:hunter2@h" }',
  );
  expect(node.applied).toHaveLength(1);
  expect(node.applied[0]).toMatchObject({
    log: { level: 'warn' },
    limits: { maxPacketBytes: 4096 },
    partitions: 16,
    redis: { url: 'redis://127.0.0.1:6379' },
  });
  expect(node.live.inForce).toBe(node.applied[0]);
  expect(node.live.restartRequired).toEqual(['redis.url', 'partitions']);
  expect(node.said).toEqual([
    {
      kind: 'configuration',
      outcome: 'success',
      reason: 'applied',
      detail:
        'log.level: info → warn; limits.maxPacketBytes: 1048576 → 4096; ' +
        'after a restart: redis.url: redis://127.0.0.1:6379 → redis://u:***@h; after a restart: partitions: 16 → 4',
    },
  ]);
  const lines = node.log.join('');
  expect(lines).toContain('"the configuration changed"');
  expect(lines).toContain('"keys":["redis.url","partitions"]');
  expect(lines).not.toContain('hunter2');
});

test('a bad file is refused whole, with every problem; the next good one is taken', async () => {
  const node = runs('log: { level: info }');
  await change(node, 'log: { level: debug }\nlimits: { maxPacketBytes: 1 }\nqueue: {}');
  expect(node.applied).toEqual([]);
  expect(node.live.inForce.log.level).toBe('info');
  expect(node.live.problems).toEqual([
    expect.stringMatching(/^limits\.maxPacketBytes must be/),
    expect.stringMatching(/^unknown key queue; did you mean queues\?/),
  ]);
  expect(node.said).toMatchObject([{ outcome: 'failure', reason: 'refused' }]);
  await change(node, 'log: { level: debug }');
  expect(node.live.inForce.log.level).toBe('debug');
  expect(node.live.problems).toEqual([]);
  expect(node.live.outcomes).toMatchObject({ applied: 1, refused: 1 });
});

test.each([
  ['broken YAML', 'log: {', /node\.yaml:1/],
  ['an emptied file, which would set everything back', ' \n', /is empty/],
])('%s is refused', async (_, text, message) => {
  const node = runs('log: { level: info }');
  await change(node, text);
  expect(node.applied).toEqual([]);
  expect(node.live.problems[0]).toMatch(message);
});

test('a file far too large is refused unread', async () => {
  const node = runs('log: { level: info }');
  truncateSync(node.file, 17 * 1024 * 1024);
  await node.live.reload('signal');
  expect(node.live.problems).toEqual([expect.stringContaining('is larger than 16777216 bytes')]);
});

test('a part that cannot take it refuses it whole', async () => {
  const node = runs('log: { level: info }');
  node.failing = 'listener door (127.0.0.1:1): in use';
  await change(node, 'log: { level: warn }');
  expect(node.live.inForce.log.level).toBe('info');
  expect(node.live.problems).toEqual(['listener door (127.0.0.1:1): in use']);
  node.failing = undefined;
  await node.live.reload('signal');
  expect(node.live.inForce.log.level).toBe('warn');
});

test('read again without a change, nothing is told to the parts', async () => {
  const node = runs('log: { level: info }');
  await change(node, '# a comment more\nlog: { level: info }');
  expect(node.applied).toEqual([]);
  expect(node.live.outcomes.unchanged).toBe(1);
});

test('wishes while one is at work are served together, behind it', async () => {
  const node = runs('log: { level: info }');
  writeFileSync(node.file, 'log: { level: warn }');
  await Promise.all([node.live.reload('signal'), node.live.reload('signal'), node.live.reload('signal')]);
  expect(node.applied).toHaveLength(1);
  expect(node.live.outcomes.unchanged).toBe(0);
});

const writers: [string, (file: string) => void][] = [
  ['written in place', (file) => writeFileSync(file, 'log: { level: warn }')],
  [
    'replaced by a rename, as editors do',
    (file) => {
      writeFileSync(`${file}.new`, 'log: { level: warn }');
      renameSync(`${file}.new`, file);
    },
  ],
  [
    'removed and written anew',
    (file) => {
      unlinkSync(file);
      writeFileSync(file, 'log: { level: warn }');
    },
  ],
];

test.each(writers)('a file %s is applied within 2 s', async (_, write) => {
  const node = runs('log: { level: info }');
  const startMs = performance.now();
  write(node.file);
  await until('the change', () => node.live.inForce.log.level === 'warn');
  expect(performance.now() - startMs).toBeLessThan(8000);
});

test('a symbolic link above the file that is swapped, as Kubernetes does, is applied within 2 s', async () => {
  for (const [name, level] of [
    ['one', 'info'],
    ['two', 'warn'],
  ] as const) {
    mkdirSync(join(directory, name));
    writeFileSync(join(directory, name, 'node.yaml'), `log: { level: ${level} }`);
  }
  symlinkSync('one', join(directory, '..data'));
  symlinkSync(join('..data', 'node.yaml'), join(directory, 'node.yaml'));
  const node = runs('');
  expect(node.live.inForce.log.level).toBe('info');
  const startMs = performance.now();
  symlinkSync('two', join(directory, '..tmp'));
  renameSync(join(directory, '..tmp'), join(directory, '..data'));
  await until('the change', () => node.live.inForce.log.level === 'warn');
  expect(performance.now() - startMs).toBeLessThan(8000);
});

test('with reload.watch off a change waits for a signal', async () => {
  const node = runs('reload: { watch: false }');
  const other = runs('log: { level: info }', join(directory, 'other.yaml'));
  for (const { file } of [node, other]) writeFileSync(file, 'reload: { watch: false }\nlog: { level: warn }');
  await until('the other node', () => other.live.inForce.log.level === 'warn');
  expect(node.applied).toEqual([]);
  await node.live.reload('signal');
  expect(node.live.inForce.log.level).toBe('warn');
});

test('a node that loses its readiness behind a change returns to what it was well with, and stays there', async () => {
  const node = runs('log: { level: info }');
  await change(node, 'log: { level: warn }');
  await change(node, 'log: { level: warn }\nlimits: { maxPacketBytes: 4096 }');
  node.isReady = false;
  await until('the return', () => node.live.outcomes['rolled-back'] === 1);
  expect(node.live.inForce).toMatchObject({ log: { level: 'info' }, limits: { maxPacketBytes: 1_048_576 } });
  expect(node.applied.at(-1)).toBe(node.live.inForce);
  expect(node.said.at(-1)).toMatchObject({ outcome: 'failure', reason: 'rolled-back' });
  expect(node.live.problems).toEqual([expect.stringContaining('readiness')]);
  // Asked for again, it is tried again.
  node.isReady = true;
  await node.live.reload('signal');
  expect(node.live.inForce.limits.maxPacketBytes).toBe(4096);
});

test('a signal before it is started changes nothing, and does not stand in the way later', async () => {
  const node = runs('log: { level: info }');
  await node.live.stop();
  await node.live.reload('signal');
  node.live.start();
  await change(node, 'log: { level: warn }');
  expect(node.applied).toHaveLength(1);
});

test('without a trial there is no return', async () => {
  const node = runs('reload: { rollbackSeconds: 0 }');
  await change(node, 'reload: { rollbackSeconds: 0 }\nlog: { level: warn }');
  expect(node.applied).toHaveLength(1);
  node.isReady = false;
  await change(node, 'reload: { rollbackSeconds: 0 }\nlog: { level: error }');
  expect(node.live.outcomes['rolled-back']).toBe(0);
  expect(node.live.inForce.log.level).toBe('error');
});
