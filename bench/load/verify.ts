import { Redis } from 'ioredis';
import { DeviceCheck, type Finding } from './device-check.ts';
import type { Ledger } from './ledger.ts';

export interface VerifyOptions {
  redisUrl: string;
  /** Default `tributary`. */
  namespace?: string;
  /** Default: what `NAMESPACE:meta` says. */
  partitions?: number;
  /** Look only at entries from this id on, for instance `1700000000000`; default: all. */
  fromId?: string;
}

/** What the uplink streams say about a ledger. */
export interface Verdict extends Finding {
  /** Nothing missing, no QoS 2 message twice, order kept. */
  isSound: boolean;
}

const pageEntries = 1000;
const mostExamples = 10;

/**
 * Reads all uplink streams of a namespace and compares them with what the devices know. Payloads must be numbered.
 *
 * @throws Error when Redis cannot be read or the number of partitions is not known.
 */
export async function verifyUplink(ledger: Ledger, options: VerifyOptions): Promise<Verdict> {
  const namespace = options.namespace ?? 'tributary';
  const checks = new Map(ledger.map((device) => [device.device, new DeviceCheck(device)]));
  const redis = new Redis(options.redisUrl, { maxRetriesPerRequest: 3 });
  redis.on('error', () => undefined); // the command that fails says it
  try {
    const partitions = options.partitions ?? Number(await redis.hget(`${namespace}:meta`, 'partitions'));
    if (!(partitions > 0))
      throw new Error(`${namespace}:meta names no partitions: has a gateway ever started there?`);
    for (let partition = 0; partition < partitions; partition++) {
      await readStream(redis, `${namespace}:{p${partition}}:up`, options.fromId ?? '-', checks);
    }
  } finally {
    redis.disconnect();
  }
  return sumUp([...checks.values()].map((check) => check.finding()));
}

async function readStream(
  redis: Redis,
  key: string,
  fromId: string,
  checks: Map<string, DeviceCheck>,
): Promise<void> {
  for (let from = fromId; ;) {
    const page = await redis.xrangeBuffer(key, from, '+', 'COUNT', pageEntries);
    for (const [, fields] of page) {
      const { device, epoch, seq, payload } = named(fields);
      checks.get(String(device))?.saw(Number(String(epoch)), Number(String(seq)), payload!);
    }
    const last = page.at(-1);
    if (last === undefined || page.length < pageEntries) return;
    from = `(${last[0].toString()}`;
  }
}

/** Fields of an entry by their names: which there are, and in which order, is not fixed (docs/streams.md). */
function named(fields: readonly Buffer[]): Record<string, Buffer | undefined> {
  const found: Record<string, Buffer> = {};
  for (let i = 0; i + 1 < fields.length; i += 2) found[fields[i]!.toString('latin1')] = fields[i + 1]!;
  return found;
}

function sumUp(findings: Finding[]): Verdict {
  const sum = (key: Exclude<keyof Finding, 'examples'>): number =>
    findings.reduce((n, finding) => n + finding[key], 0);
  const [missing, doubled, reordered] = [sum('missing'), sum('doubled'), sum('reordered')];
  return {
    isSound: missing + doubled + reordered === 0,
    entries: sum('entries'),
    acked: sum('acked'),
    missing,
    doubled,
    repeated: sum('repeated'),
    reordered,
    late: sum('late'),
    seqGaps: sum('seqGaps'),
    examples: findings.flatMap((finding) => finding.examples).slice(0, mostExamples),
  };
}
