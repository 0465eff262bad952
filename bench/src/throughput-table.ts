import { cpus } from 'node:os';
import type { Pattern } from '../load/index.ts';
import { startRedis } from './measure/redis-server.ts';
import { markdownTable, median, short, type ProgramOptions, type ProgramResult } from './program.ts';
import { measureCell, type Cell, type CellOptions, type Measurement } from './throughput.ts';

interface Row {
  name: string;
  cell: Cell;
  rounds: Measurement[];
  failure?: string;
}

const contenders: Pick<Cell, 'server' | 'transport'>[] = [
  { server: 'floor', transport: 'tcp' },
  { server: 'tributary', transport: 'tcp' },
  { server: 'aedes', transport: 'tcp' },
  { server: 'floor', transport: 'ws' },
  { server: 'floor', transport: 'ws-lib' },
  { server: 'tributary', transport: 'ws' },
  { server: 'aedes', transport: 'ws' },
];

/**
 * Measures all contenders in one run: each round goes through all cells, so that a slow minute of the machine touches
 * all alike, and a cell's figures are medians over the rounds.
 */
export async function compareThroughput(options: ProgramOptions): Promise<ProgramResult> {
  const cellOptions: CellOptions = {
    devices: options.devices ?? 1000,
    payloadBytes: 100,
    warmUpSeconds: 1.5,
    seconds: options.seconds ?? 4,
  };
  const rows = rowsFor(options, cellOptions.devices);
  if (rows.length === 0) throw new Error(`--only ${options.only} leaves nothing to measure`);
  const redis = await startRedis();
  try {
    for (let round = 1; round <= (options.rounds ?? 3); round++) {
      for (const row of round % 2 === 1 ? rows : rows.toReversed()) {
        if (row.failure !== undefined) continue;
        try {
          const measured = await measureCell(row.cell, redis, cellOptions);
          row.rounds.push(measured);
          options.say?.(`round ${round}  ${row.name}: ${short(measured.serverMicros)} µs per message`);
        } catch (error) {
          row.failure = (error as Error).message;
          options.say?.(`round ${round}  ${row.name}: ${row.failure}`);
        }
      }
    }
  } finally {
    await redis.stop();
  }
  return report(rows, cellOptions);
}

function rowsFor(options: ProgramOptions, devices: number): Row[] {
  const patterns: [string, Pattern][] =
    options.rate === undefined
      ? [1, 8].map((inflight) => [`${inflight} in flight`, { kind: 'closed', inflight }])
      : [[`${options.rate} msg/s`, { kind: 'rate', perSecond: options.rate / devices }]];
  const wanted = options.only?.split(',').map((text) => text.trim()) ?? [''];
  return patterns
    .flatMap(([pattern, kind]) =>
      contenders.map((contender) => ({
        name: `${contender.server} ${contender.transport} ${pattern}`,
        cell: { ...contender, pattern: kind },
        rounds: [],
      })),
    )
    .filter(({ name }) => wanted.some((text) => name.includes(text)));
}

function report(rows: Row[], options: CellOptions): ProgramResult {
  const middle = (row: Row, key: keyof Measurement): number => median(row.rounds.map((round) => round[key]));
  const ratio = (row: Row): number => {
    const isBase = ({ cell }: Row): boolean =>
      cell.server === 'floor' &&
      cell.transport === (row.cell.transport === 'tcp' ? 'tcp' : 'ws') &&
      cell.pattern === row.cell.pattern;
    const base = rows.find(isBase);
    // Round by round, because what slows the machine for a while slows both.
    return median(row.rounds.map((round, i) => round.serverMicros / (base?.rounds[i]?.serverMicros ?? NaN)));
  };
  const table = markdownTable(
    ['', 'messages/s', 'server µs/msg', '× floor', 'Redis µs/msg', 'PUBACK p50 ms', 'p99 ms', 'RSS MB'],
    rows.map((row) =>
      row.failure === undefined
        ? [
            row.name,
            short(Math.round(middle(row, 'messagesPerSecond'))),
            ...[middle(row, 'serverMicros'), ratio(row), middle(row, 'redisMicros')].map(short),
            ...[middle(row, 'p50Ms'), middle(row, 'p99Ms'), middle(row, 'rssMegabytes')].map(short),
          ]
        : [`${row.name}: ${firstLine(row.failure)}`, '', '', '', '', '', '', ''],
    ),
  );
  const rounds = Math.max(...rows.map((row) => row.rounds.length));
  const skipped = rows.filter((row) => middle(row, 'skipped') > 0).map((row) => row.name);
  const conditions = [
    `${options.devices} devices, MQTT 3.1.1, QoS 1, ${options.payloadBytes}-byte payloads, one stream entry per message with the same fields, MAXLEN ~ 1,000,000 and 16 partitions for all.`,
    `Medians of ${rounds} rounds of ${options.seconds} s; CPU is user and system time of the whole server process. ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, Node ${process.version}; the load generator, the server and Redis share them.`,
    ...(skipped.length > 0 ? [`The generator could not offer the whole rate: ${skipped.join('; ')}.`] : []),
  ];
  const data = {
    options,
    cpus: cpus().length,
    node: process.version,
    cells: rows.map((row) => ({
      name: row.name,
      ...row.cell,
      failure: row.failure,
      rounds: row.rounds,
      ratio: ratio(row),
    })),
  };
  return {
    markdown: `${table}\n\n${conditions.join('\n')}`,
    data,
    isGood: rows.every((row) => row.failure === undefined),
  };
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';
