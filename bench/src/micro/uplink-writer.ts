import { Keys, parseRedisUrl, UplinkChannel, UplinkWriter, wholeMessage } from '@tributary/backplane';
import { Redis } from 'ioredis';
import { startRedis } from '../measure/redis-server.ts';
import { markdownTable, median, short, type ProgramOptions, type ProgramResult } from '../program.ts';

const samples = 7;
const batch = 100;
const maxLength = 1_000_000;
const topic = Buffer.from('devices/pump-0001/telemetry');
const payload = Buffer.alloc(100, 'x');
const message = wholeMessage(1, 1, topic, payload);
const clientId = 'pump-0001';
const keys = new Keys('bench', 16);

/** Stores `count` entries, `batch` at a time, each batch after the last was answered. */
type Store = (count: number) => Promise<void>;

/**
 * Why the uplink has a writer of its own: CPU µs of the client per XADD beside ioredis, with a pipeline and with
 * auto-pipelining, a hundred entries to a flush, all answered before the next. Same entry, same Redis, one run.
 */
export async function uplinkWriterBenchmark(options: ProgramOptions): Promise<ProgramResult> {
  const count = Math.max(1, Math.round(options.seconds ?? 2)) * 10_000;
  const redis = await startRedis();
  const plain = new Redis(redis.url);
  const auto = new Redis(redis.url, { enableAutoPipelining: true });
  const [writer, throughWriter] = await openWriter(redis.url);
  const stores: [string, Store][] = [
    ['uplink writer', throughWriter],
    ['ioredis, pipeline', (n) => inBatches(n, () => pipelined(plain))],
    ['ioredis, auto-pipelining', (n) => inBatches(n, () => autoPipelined(auto))],
  ];
  try {
    const micros = new Map<string, number[]>(stores.map(([name]) => [name, []]));
    for (let sample = 0; sample <= samples; sample++) {
      for (const [name, store] of stores) {
        const before = process.cpuUsage();
        await store(count);
        const { user, system } = process.cpuUsage(before);
        if (sample > 0) micros.get(name)!.push((user + system) / count);
      }
    }
    const medians = stores.map(([name]) => ({ name, micros: median(micros.get(name)!) }));
    const ours = medians[0]!.micros;
    const rows = medians.map(({ name, micros: cost }) => [name, short(cost), short(cost / ours)]);
    return {
      markdown: markdownTable(['XADD of 100 bytes, 100 at a time', 'client CPU µs', 'ratio'], rows),
      data: Object.fromEntries(medians.map(({ name, micros: cost }) => [name, cost])),
      isGood: true,
    };
  } finally {
    writer.close();
    plain.disconnect();
    auto.disconnect();
    await redis.stop();
  }
}

async function inBatches(count: number, one: () => Promise<unknown>): Promise<void> {
  for (let stored = 0; stored < count; stored += batch) await one();
}

function entry(seq: number): (string | number | Buffer)[] {
  return [
    ...['MAXLEN', '~', maxLength, '*', 'device', clientId, 'epoch', 1, 'seq', seq],
    ...['topic', topic, 'qos', 1, 'ts', Date.now(), 'payload', payload],
  ];
}

async function pipelined(redis: Redis): Promise<void> {
  const pipeline = redis.pipeline();
  for (let i = 0; i < batch; i++) pipeline.call('XADD', keys.uplink(0), ...entry(i));
  await pipeline.exec();
}

async function autoPipelined(redis: Redis): Promise<void> {
  await Promise.all(Array.from({ length: batch }, (_, i) => redis.call('XADD', keys.uplink(0), ...entry(i))));
}

async function openWriter(url: string): Promise<[UplinkWriter, Store]> {
  let onUp: () => void = () => {};
  let onStored: () => void = () => {};
  let left = 0;
  const writer = new UplinkWriter(
    {
      address: parseRedisUrl(url),
      name: 'bench',
      connectTimeoutMs: 2000,
      replyTimeoutMs: 5000,
      maxFlushBytes: 4_194_304,
      shares: { weights: [60, 30, 10], flushBytes: 262_144 },
      monotonic: () => performance.now(),
    },
    {
      onUp: () => onUp(),
      onDown: (why) => process.stderr.write(`uplink writer: ${why}\n`),
      onRefused: (reply) => process.stderr.write(`uplink writer: ${reply}\n`),
      onLatency: () => {},
      onSettledChunk: () => {
        if (left === 0) onStored();
      },
    },
  );
  await new Promise<void>((resolve) => {
    onUp = resolve;
    writer.start();
  });
  const channel = new UplinkChannel(keys, clientId, 1, maxLength, () => left--);
  const one = (): Promise<void> =>
    new Promise((resolve) => {
      onStored = resolve;
      left = batch;
      for (let i = 0; i < batch; i++)
        writer.appendMessage(channel, message, i, i, Date.now(), undefined, false);
    });
  return [writer, (count) => inBatches(count, one)];
}
