import { readNewestTrace, readTrace, type TraceEntry } from '@tributary/backplane';
import type { TraceEvent } from '@tributary/protocol/admin-api';
import { ask } from '../redis/ask.ts';
import type { ActionParts } from './parts.ts';

/** Events read from Redis at a time. */
const pageSize = 500;

/** Reads what traces saw, for those who may see payloads and for those who may not. */
export class TraceReader {
  readonly #parts: ActionParts;

  constructor(parts: ActionParts) {
    this.#parts = parts;
  }

  /** Events after an entry (`0`: from the first that is kept), oldest first. */
  async after(id: string, after: string, count: number, canReadPayload: boolean): Promise<TraceEvent[]> {
    const keys = await this.#parts.keys();
    const entries = await ask(this.#parts.store, (redis) => readTrace(redis, keys, id, after, count));
    return entries.map((entry) => eventOf(entry, canReadPayload));
  }

  /** The newest events, oldest of them first. */
  async newest(id: string, count: number, canReadPayload: boolean): Promise<TraceEvent[]> {
    const keys = await this.#parts.keys();
    const entries = await ask(this.#parts.store, (redis) => readNewestTrace(redis, keys, id, count));
    return entries.map((entry) => eventOf(entry, canReadPayload));
  }

  /** All that is kept, page by page. */
  async *pages(id: string, canReadPayload: boolean): AsyncGenerator<TraceEvent[]> {
    let after = '0';
    for (;;) {
      const page = await this.after(id, after, pageSize, canReadPayload);
      if (page.length > 0) yield page;
      if (page.length < pageSize) return;
      after = page.at(-1)!.id;
    }
  }
}

function eventOf(entry: TraceEntry, canReadPayload: boolean): TraceEvent {
  const { payload } = entry;
  return {
    id: entry.entry,
    at: entry.ts,
    node: entry.node,
    device: entry.device,
    epoch: entry.epoch,
    direction: entry.direction,
    type: entry.type,
    topic: entry.topic ?? '',
    qos: entry.qos ?? null,
    packetId: entry.packetId ?? null,
    bytes: entry.bytes ?? 0,
    reasonCode: entry.reasonCode ?? null,
    durationMs: entry.durationMs ?? null,
    detail: entry.detail ?? '',
    payloadBytes: entry.payloadBytes ?? 0,
    ...(canReadPayload && payload !== undefined ? { payload } : {}),
  };
}
