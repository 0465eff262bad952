import type { DeviceRow } from '@tributary/protocol/admin-api';
import { csvLine } from './csv.ts';

/** How a file of devices is written. */
export interface LineFormat {
  readonly contentType: string;
  readonly header: string;
  line(row: DeviceRow): string;
}

/** Unix ms as ISO 8601; never is empty. */
const time = (ms: number): string | null => (ms === 0 ? null : new Date(ms).toISOString());

type Cell = string | number | null;

/** Columns of the CSV file in their order. Names with units where a number has one. */
const columns: Readonly<Record<string, (row: DeviceRow) => Cell>> = {
  id: (row) => row.id,
  state: (row) => row.state,
  reason: (row) => row.reason,
  score: (row) => row.score,
  band: (row) => row.band,
  cause: (row) => row.cause,
  confidence: (row) => row.confidence,
  rttMs: (row) => row.rttMs,
  jitterMs: (row) => row.jitterMs,
  lossRatio: (row) => row.lossRatio,
  flaps: (row) => row.flaps,
  backlog: (row) => row.backlog,
  attention: (row) => row.attention,
  messagesPerSecond: (row) => row.rate,
  messages: (row) => row.messages,
  zombie: (row) => row.zombie,
  class: (row) => row.class,
  node: (row) => row.node,
  protocol: (row) => row.protocol,
  transport: (row) => row.transport,
  address: (row) => row.address,
  lastSeen: (row) => time(row.lastSeen),
  connectedAt: (row) => time(row.connectedAt),
  disconnectedAt: (row) => time(row.disconnectedAt),
  tags: (row) => (Object.keys(row.tags).length === 0 ? null : JSON.stringify(row.tags)),
};

export const lineFormats = {
  csv: {
    contentType: 'text/csv; charset=utf-8; header=present',
    header: csvLine(Object.keys(columns)),
    line: (row) => csvLine(Object.values(columns).map((cellOf) => cellOf(row))),
  },
  /** As in the API, one JSON object on each line; without the sparkline. */
  ndjson: {
    contentType: 'application/x-ndjson; charset=utf-8',
    header: '',
    line: ({ spark: _, ...row }) => `${JSON.stringify(row)}\n`,
  },
} as const satisfies Record<string, LineFormat>;
