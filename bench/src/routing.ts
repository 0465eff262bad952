import { startRedis } from './measure/redis-server.ts';
import { subscribeUnrelated } from './measure/unrelated.ts';
import { markdownTable, median, short, type ProgramOptions, type ProgramResult } from './program.ts';
import { measureCell, type Measurement } from './throughput.ts';

const counts = [0, 1000, 100_000];
const inflights = [1, 8];

interface Row {
  subscriptions: number;
  inflight: number;
  rounds: Measurement[];
}

/** Publishing while nobody subscribes, and beside subscriptions that match nothing of it: the cost must be the same. */
export async function routing(options: ProgramOptions): Promise<ProgramResult> {
  const cellOptions = {
    devices: options.devices ?? 1000,
    payloadBytes: 100,
    warmUpSeconds: 1.5,
    seconds: options.seconds ?? 4,
  };
  const rows: Row[] = inflights.flatMap((inflight) =>
    counts.map((subscriptions) => ({ subscriptions, inflight, rounds: [] })),
  );
  const rounds = options.rounds ?? 3;
  const redis = await startRedis();
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const row of round % 2 === 1 ? rows : rows.toReversed()) {
        const { subscriptions, inflight } = row;
        const cell = {
          server: 'tributary',
          transport: 'tcp',
          pattern: { kind: 'closed', inflight },
        } as const;
        const prepare = ({ ports }: { ports: Record<string, number> }): Promise<void> =>
          subscribeUnrelated(ports['mqtt']!, subscriptions);
        const measured = await measureCell(cell, redis, { ...cellOptions, prepare });
        row.rounds.push(measured);
        options.say?.(
          `round ${round}  ${inflight} in flight, ${subscriptions}: ${short(measured.serverMicros)} µs`,
        );
      }
    }
  } finally {
    await redis.stop();
  }
  return report(rows, rounds);
}

function report(rows: Row[], rounds: number): ProgramResult {
  const plain = (row: Row): Row => rows.find((each) => each.inflight === row.inflight)!;
  const middle = (row: Row, key: keyof Measurement): number => median(row.rounds.map((each) => each[key]));
  const ratio = (row: Row): number =>
    median(row.rounds.map(({ serverMicros }, i) => serverMicros / plain(row).rounds[i]!.serverMicros));
  const table = markdownTable(
    [
      'in flight',
      'unrelated subscriptions',
      'messages/s',
      'server µs/msg',
      '× without',
      'PUBACK p50 ms',
      'p99 ms',
      'RSS MB',
    ],
    rows.map((row) => [
      String(row.inflight),
      row.subscriptions.toLocaleString('en'),
      short(Math.round(middle(row, 'messagesPerSecond'))),
      short(middle(row, 'serverMicros')),
      short(ratio(row)),
      ...(['p50Ms', 'p99Ms', 'rssMegabytes'] as const).map((key) => short(middle(row, key))),
    ]),
  );
  const data = rows.map((row) => ({ ...row, ratio: ratio(row) }));
  return { markdown: `${table}\n\nMedians of ${rounds} rounds.`, data, isGood: true };
}
