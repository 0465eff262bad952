import { countOf, decodeQualityBins, type QualityBins } from '@tributary/backplane';
import type { NodeView } from '@tributary/protocol/admin-api';
import { parseCertificates } from './certificates.ts';
import { parseOverload, type OverloadState } from './overload-state.ts';
import { parseRefusals, type Refusal } from './refusals.ts';

/** One entry of `{node:NODE}:stats`: gauges as they are, counters since the node's start. */
export interface StatsEntry {
  /** Redis' time of the entry, Unix ms: comparable across nodes. */
  at: number;
  gauges: {
    connections: number;
    paused: number;
    queuedBytes: number;
    queuedMessages: number;
    loopDelayMs: number;
    rssBytes: number;
    redisLatencyMs: number;
    storeUp: boolean;
    unsafeDevices: number;
    config: Figures['config'];
    overload: OverloadState;
  };
  counters: Record<Counter, number>;
  /** Told every 15 s only. */
  quality: QualityBins | undefined;
  /** Of its listeners; told every 15 s only. */
  certificates: NodeView['certificates'] | undefined;
  /** Connects turned away since the entry before that told of them. */
  refusals: Refusal[];
}

/** Of what a node says about its configuration, characters. */
const longestTrouble = 500;

const counterNames = ['messagesIn', 'bytesIn', 'stored', 'connects', 'disconnects', 'dropped'] as const;
type Counter = (typeof counterNames)[number];
type Figures = NonNullable<NodeView['figures']>;

/** A moment of a node: what it held and what went through it per second since the entry before. */
export interface StatsPoint {
  at: number;
  connections: number;
  messagesIn: number;
  stored: number;
}

/** @param entryId the entry's id, whose first part is Redis' clock. */
export function parseStats(entryId: string, fields: ReadonlyMap<string, string>): StatsEntry {
  const number = (name: string): number => countOf(fields.get(name));
  return {
    at: Number.parseInt(entryId, 10),
    gauges: {
      connections: number('connections'),
      paused: number('paused'),
      queuedBytes: number('queuedBytes'),
      queuedMessages: number('queuedMessages'),
      loopDelayMs: number('loopDelayMs'),
      rssBytes: number('rssBytes'),
      redisLatencyMs: number('redisLatencyMs'),
      storeUp: fields.get('storeUp') !== '0',
      unsafeDevices: number('unsafeDevices'),
      config: {
        trouble: (fields.get('configTrouble') ?? '').slice(0, longestTrouble),
        waiting: number('configWaiting'),
      },
      overload: parseOverload(fields),
    },
    counters: {
      messagesIn: number('messagesIn'),
      bytesIn: number('bytesIn'),
      stored: number('stored'),
      connects: number('connects'),
      disconnects: number('disconnects'),
      dropped: number('dropped'),
    },
    quality: decodeQualityBins(fields.get('quality') ?? ''),
    certificates: parseCertificates(fields.get('certificates')),
    refusals: parseRefusals(fields.get('refusals')),
  };
}

const keptPoints = 600;

/** The last ten minutes of one node, and its newest figures. */
export class NodeStats {
  readonly points: StatsPoint[] = [];
  #last: StatsEntry | undefined;
  #figures: Figures | undefined;
  #queuedMessages = 0;
  #quality: QualityBins | undefined;
  #certificates: NodeView['certificates'] = [];
  #heardAt = Number.NEGATIVE_INFINITY;

  /** @param at monotonic ms at which the entry was read. @returns false for an entry that was read before */
  add(entry: StatsEntry, at: number): boolean {
    const before = this.#last;
    if (before !== undefined && entry.at <= before.at) return false;
    this.#last = entry;
    this.#heardAt = at;
    const rates = ratesBetween(before, entry);
    const { queuedMessages, ...gauges } = entry.gauges;
    this.#figures = { ...gauges, ...rates };
    this.#queuedMessages = queuedMessages;
    this.#quality = entry.quality ?? this.#quality;
    this.#certificates = entry.certificates ?? this.#certificates;
    this.points.push({
      at: entry.at,
      connections: entry.gauges.connections,
      messagesIn: rates.messagesIn,
      stored: rates.stored,
    });
    if (this.points.length > keptPoints) this.points.shift();
    return true;
  }

  /** Links of its devices, as last told: every 15 s. */
  get quality(): QualityBins | undefined {
    return this.#quality;
  }

  /** Certificates of its listeners, as last told. */
  get certificates(): NodeView['certificates'] {
    return this.#certificates;
  }

  /** Messages that waited in its memory for Redis when it last reported. */
  get queuedMessages(): number {
    return this.#queuedMessages;
  }

  /** The newest figures; null before the first and when none came for `staleMs`. */
  figures(at: number, staleMs: number): Figures | null {
    return this.#figures !== undefined && at - this.#heardAt < staleMs ? this.#figures : null;
  }
}

function ratesBetween(before: StatsEntry | undefined, entry: StatsEntry): Record<Counter, number> {
  const seconds = before === undefined ? Number.NaN : (entry.at - before.at) / 1000;
  const rate = (name: Counter): number => {
    const gained = entry.counters[name] - (before?.counters[name] ?? 0);
    // No entry before, or a counter that fell: there is no rate to tell.
    return seconds > 0 && gained >= 0 ? Math.round((gained / seconds) * 100) / 100 : 0;
  };
  return {
    messagesIn: rate('messagesIn'),
    bytesIn: rate('bytesIn'),
    stored: rate('stored'),
    connects: rate('connects'),
    disconnects: rate('disconnects'),
    dropped: rate('dropped'),
  };
}
