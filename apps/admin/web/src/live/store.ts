import type {
  DeviceRow,
  FeedMessage,
  Fleet,
  HistoryPoint,
  NodeView,
  Operation,
  Problems,
  RowChange,
  Streams,
} from '@tributary/protocol/admin-api';
import {
  nextDevice,
  nextNodes,
  nextOperations,
  nextTrace,
  type LiveDevice,
  type LiveTrace,
} from './channels.ts';

/** `signed-out`: the server ended the session; nothing is tried until somebody signs in. */
export type FeedStatus = 'connecting' | 'live' | 'lost' | 'signed-out';

export interface Connection {
  status: FeedStatus;
  /** Server time of the last message, Unix ms; 0 before the first. */
  heardAt: number;
  /** The server has another build than this page came from. */
  isOutdated: boolean;
  /** The operator holds what is shown still. */
  isPaused: boolean;
}

const keptHistoryMs = 600_000;
/** What an operator does is told at once, and a trace has a pause of its own. */
const unpausable: ReadonlySet<string> = new Set(['operations', 'trace']);

const channelKeys = ['fleet', 'nodes', 'device', 'problems', 'streams', 'operations', 'trace'] as const;

/** The key of one device row among the store's listeners. */
export const rowKey = (id: string): string => `row:${id}`;

/**
 * What the page shows, as the feed last told it. Views listen to a key (the name of a channel, `connection`, one row)
 * and are told once per frame, however many messages came. Values are replaced, never changed, so a view compares by identity.
 */
export class LiveStore {
  connection: Connection = { status: 'connecting', heardAt: 0, isOutdated: false, isPaused: false };
  fleet: Fleet | undefined;
  history: readonly HistoryPoint[] = [];
  nodes: readonly NodeView[] | undefined;
  device: LiveDevice | undefined;
  problems: Problems | undefined;
  streams: Streams | undefined;
  operations: readonly Operation[] | undefined;
  trace: LiveTrace | undefined;
  /** Server time as of the last `tick`, Unix ms: what ages on screen are drawn with. */
  second = Date.now();
  readonly #rows = new Map<string, { row: DeviceRow; at: number }>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #schedule: (flush: () => void) => void;
  readonly #now: () => number;
  #dirty = new Set<string>();
  #build: string | undefined;
  #heardAtLocal = 0;
  #deviceId = '';
  #traceId = '';

  /** @param schedule runs the flush soon, e.g. `requestAnimationFrame`. @param now monotonic ms. */
  constructor(schedule: (flush: () => void) => void, now: () => number) {
    this.#schedule = schedule;
    this.#now = now;
  }

  subscribe(key: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(key) === listeners) this.#listeners.delete(key);
    };
  }

  row(id: string): DeviceRow | undefined {
    return this.#rows.get(id)?.row;
  }

  /** The server's clock, whole Unix ms, carried on from its last message: every age is measured with it. */
  serverNow(): number {
    const { heardAt } = this.connection;
    return heardAt === 0 ? Date.now() : heardAt + Math.round(this.#now() - this.#heardAtLocal);
  }

  /** Lets ages on screen grow; called once a second. */
  tick(): void {
    this.second = this.serverNow();
    this.#touch('second');
  }

  setStatus(status: FeedStatus): void {
    this.connection = { ...this.connection, status };
    this.#touch('connection');
  }

  /** Holds the picture still. Going on takes new snapshots: what came meanwhile was not kept. */
  setPaused(isPaused: boolean): void {
    this.connection = { ...this.connection, isPaused };
    this.#touch('connection');
  }

  /** Knows nothing any more: what one operator was told is not for the next one at this screen. */
  forget(): void {
    this.fleet = this.nodes = this.device = this.problems = this.streams = undefined;
    this.operations = this.trace = undefined;
    this.history = [];
    this.connection = { ...this.connection, heardAt: 0, isPaused: false };
    for (const id of this.#rows.keys()) this.#touch(rowKey(id));
    this.#rows.clear();
    for (const key of [...channelKeys, 'connection']) this.#touch(key);
  }

  /** Of which device and which trace messages are awaited. */
  expect(wanted: { device?: string; trace?: string }): void {
    if (wanted.device !== undefined) this.#deviceId = wanted.device;
    if (wanted.trace !== undefined) this.#traceId = wanted.trace;
  }

  apply(message: FeedMessage): void {
    this.#heardAtLocal = this.#now();
    this.connection = { ...this.connection, heardAt: message.now };
    if (message.type === 'hello') {
      this.second = message.now;
      this.#build ??= message.build;
      this.connection.isOutdated = message.build !== this.#build;
    } else if (!this.connection.isPaused || unpausable.has(message.ch)) {
      this.#applyChannel(message);
      this.#touch(message.ch);
    }
    this.#touch('connection');
  }

  #applyChannel(message: Exclude<FeedMessage, { type: 'hello' }>): void {
    switch (message.ch) {
      case 'fleet':
        return this.#applyFleet(message);
      case 'rows':
        return this.#applyRows(message);
      case 'nodes':
        return void (this.nodes = nextNodes(this.nodes, message));
      case 'device':
        return void (this.device = nextDevice(this.device, message, this.#deviceId));
      case 'problems':
        return void (this.problems = message.problems);
      case 'streams':
        return void (this.streams = message.streams);
      case 'operations':
        return void (this.operations = nextOperations(this.operations, message));
      case 'trace':
        return void (this.trace = nextTrace(this.trace, message, this.#traceId));
    }
  }

  /** Rows of a page fetched over HTTP; what the feed has told since is kept. @param at server time of the answer. */
  seedRows(rows: readonly DeviceRow[], at: number): void {
    for (const row of rows) {
      const known = this.#rows.get(row.id);
      if (known === undefined || known.at <= at) this.#setRow(row, at);
    }
  }

  /** Forgets every row that is not among these. */
  retainRows(ids: ReadonlySet<string>): void {
    for (const id of this.#rows.keys()) if (!ids.has(id)) this.#rows.delete(id);
  }

  #applyFleet(message: Extract<FeedMessage, { ch: 'fleet' }>): void {
    this.fleet = message.fleet;
    const before = message.type === 'snapshot' ? [] : this.history;
    const newest = message.history.at(-1)?.[0] ?? 0;
    if (message.type === 'snapshot' || newest > 0) {
      const kept = before.filter(([at]) => at > newest - keptHistoryMs);
      this.history = [...kept, ...message.history];
    }
  }

  #applyRows(message: Extract<FeedMessage, { ch: 'rows' }>): void {
    if (message.type === 'snapshot') {
      for (const row of message.rows) this.#setRow(row, message.now);
      return;
    }
    for (const change of message.rows) {
      const known = this.#rows.get(change.id)?.row;
      // A change of a row that was dropped in the meantime is no use without the rest of it.
      const row = known === undefined ? change : { ...known, ...change };
      if (isWhole(row)) this.#setRow(row, message.now);
    }
    for (const id of message.gone) {
      this.#rows.delete(id);
      this.#touch(rowKey(id));
    }
  }

  #setRow(row: DeviceRow, at: number): void {
    this.#rows.set(row.id, { row, at });
    this.#touch(rowKey(row.id));
  }

  #touch(key: string): void {
    if (this.#dirty.size === 0) this.#schedule(() => this.#flush());
    this.#dirty.add(key);
  }

  #flush(): void {
    const dirty = this.#dirty;
    this.#dirty = new Set();
    for (const key of dirty) this.#tell(key);
  }

  #tell(key: string): void {
    for (const listener of this.#listeners.get(key) ?? []) listener();
  }
}

function isWhole(row: RowChange): row is DeviceRow {
  return row.state !== undefined && row.lastSeen !== undefined && row.messages !== undefined;
}
