import type { DeviceDetail, DeviceRow, DeviceState } from '@tributary/protocol/admin-api';
import { Columns, Dictionary } from './columns.ts';
import type { Arrival, Departure } from './device-event.ts';
import type { DeviceRecord } from './device-record.ts';
import { IdOrder } from './id-order.ts';

/** One line of a sample: what a device has sent in its epoch so far. */
export interface DeviceSample {
  id: string;
  epoch: number;
  messages: number;
  bytes: number;
  lastSeen: number;
}

/** How long a device lost with its node is called unknown before it is called offline. */
export const nodeLostUnknownMs = 15 * 60_000;

// A rate is believed for two sample intervals, and never for less than this: nodes sample every 2 s.
const leastRateHoldMs = 6000;

/**
 * Every device of the namespace, in columns. What a node says about an older epoch than the one known is ignored, so a
 * late event never overwrites a newer connection; the same event twice changes nothing.
 */
export class FleetIndex {
  readonly columns = new Columns();
  readonly names = new Dictionary();
  readonly order = new IdOrder(this.columns.id);
  /** A device had to be left out, because as many as allowed are known already. */
  isFull = false;
  readonly #slots = new Map<string, number>();
  readonly #free: number[] = [];
  readonly #silent = new Set<number>();
  readonly #maxDevices: number;
  #revision = 0;

  constructor(limits: { maxDevices: number }) {
    this.#maxDevices = limits.maxDevices;
  }

  get size(): number {
    return this.#slots.size;
  }

  /** Grows with every device that appears, is forgotten or changes state. */
  get revision(): number {
    return this.#revision;
  }

  has(id: string): boolean {
    return this.#slots.has(id);
  }

  epochOf(id: string): number {
    const slot = this.#slots.get(id);
    return slot === undefined ? 0 : this.columns.epoch[slot]!;
  }

  /** A device record as the snapshot found it. */
  applyRecord(id: string, record: DeviceRecord): void {
    const slot = this.#slotFor(id);
    const { columns: c, names } = this;
    if (slot === undefined || record.epoch < c.epoch[slot]!) return;
    c.online[slot] = record.online ? 1 : 0;
    c.node[slot] = names.code(record.node);
    c.reason[slot] = names.code(record.reason);
    c.protocol[slot] = names.code(record.protocol);
    c.transport[slot] = names.code(record.transport);
    c.listener[slot] = names.code(record.listener);
    c.class[slot] = names.code(record.class);
    c.address[slot] = record.address;
    c.epoch[slot] = record.epoch;
    c.keepAlive[slot] = record.keepAlive;
    c.expiry[slot] = record.expiry;
    c.connects[slot] = record.connects;
    c.firstSeen[slot] = record.firstSeen;
    c.connectedAt[slot] = record.connectedAt;
    c.disconnectedAt[slot] = record.disconnectedAt;
    c.lastSeen[slot] = record.lastSeen;
    c.messages[slot] = record.messages;
    c.bytes[slot] = record.bytes;
    c.epochMessages[slot] = record.epochMessages;
    c.epochBytes[slot] = record.epochBytes;
    this.#revision++;
  }

  applyArrival(event: Arrival): void {
    const slot = this.#slotFor(event.device);
    const { columns: c, names } = this;
    // The same epoch again is an event the record already told of; the device may have left since.
    if (slot === undefined || event.epoch <= c.epoch[slot]!) return;
    c.messages[slot]! += c.epochMessages[slot]!;
    c.bytes[slot]! += c.epochBytes[slot]!;
    c.epochMessages[slot] = 0;
    c.epochBytes[slot] = 0;
    c.online[slot] = 1;
    c.epoch[slot] = event.epoch;
    c.node[slot] = names.code(event.node);
    c.reason[slot] = 0;
    c.protocol[slot] = names.code(event.protocol);
    c.transport[slot] = names.code(event.transport);
    c.listener[slot] = names.code(event.listener);
    c.class[slot] = names.code(event.class);
    c.address[slot] = event.address;
    c.keepAlive[slot] = event.keepAlive;
    c.connects[slot]! += 1;
    if (c.firstSeen[slot] === 0) c.firstSeen[slot] = event.ts;
    c.connectedAt[slot] = event.ts;
    c.lastSeen[slot] = Math.max(c.lastSeen[slot]!, event.ts);
    c.rate[slot] = 0;
    c.sampledAt[slot] = event.ts; // an epoch begins with nothing sent, so its first sample already gives a rate
    this.#revision++;
  }

  applyDeparture(event: Departure): void {
    const slot = this.#slotFor(event.device);
    const { columns: c, names } = this;
    if (slot === undefined || event.epoch < c.epoch[slot]!) return;
    const known = event.epoch === c.epoch[slot]! && c.online[slot] === 0; // an epoch ends once
    if (known) return;
    c.epoch[slot] = event.epoch;
    c.online[slot] = 0;
    c.node[slot] = names.code(event.node);
    c.reason[slot] = names.code(event.reason);
    c.disconnectedAt[slot] = event.ts;
    if (event.by === 'device') c.lastSeen[slot] = Math.max(c.lastSeen[slot]!, event.ts);
    if (event.messages !== undefined) c.epochMessages[slot] = event.messages;
    if (event.bytes !== undefined) c.epochBytes[slot] = event.bytes;
    c.rate[slot] = 0;
    c.sampledAt[slot] = Number.NaN;
    this.#revision++;
  }

  /** @param ts the node's time of the sample, Unix ms. @param at this process' monotonic clock, ms. */
  applySample(sample: DeviceSample, ts: number, at: number): void {
    const slot = this.#slots.get(sample.id);
    const { columns: c } = this;
    if (slot === undefined || c.online[slot] === 0 || sample.epoch !== c.epoch[slot]!) return;
    const intervalMs = ts - c.sampledAt[slot]!; // NaN without a sample before
    const gained = sample.messages - c.epochMessages[slot]!;
    if (intervalMs > 0 && gained >= 0) {
      c.rate[slot] = (gained * 1000) / intervalMs;
      c.rateUntil[slot] = at + Math.max(2 * intervalMs, leastRateHoldMs);
    }
    if (!(intervalMs < 0)) c.sampledAt[slot] = ts;
    c.epochMessages[slot] = Math.max(c.epochMessages[slot]!, sample.messages);
    c.epochBytes[slot] = Math.max(c.epochBytes[slot]!, sample.bytes);
    c.lastSeen[slot] = Math.max(c.lastSeen[slot]!, sample.lastSeen);
  }

  /** Forgets a device whose record is gone. */
  remove(id: string): void {
    const slot = this.#slots.get(id);
    if (slot === undefined) return;
    this.order.remove(slot);
    this.#slots.delete(id);
    this.columns.clear(slot);
    this.#free.push(slot);
    this.isFull = false;
    this.#revision++;
  }

  /** Which nodes have gone quiet: their devices turn unknown until the node is heard of again. */
  setSilent(isSilent: (node: string) => boolean): void {
    for (let code = 1; code < this.names.size; code++) {
      const before = this.#silent.has(code);
      const now = isSilent(this.names.name(code));
      if (before === now) continue;
      if (now) this.#silent.add(code);
      else this.#silent.delete(code);
      this.#revision++;
    }
  }

  /** Nodes that hold a connected device, or held one when last heard of. */
  nodesOnline(): Set<string> {
    const codes = new Set<number>();
    for (const slot of this.#slots.values())
      if (this.columns.online[slot] === 1) codes.add(this.columns.node[slot]!);
    codes.delete(0);
    return new Set([...codes].map((code) => this.names.name(code)));
  }

  slotOf(id: string): number | undefined {
    return this.#slots.get(id);
  }

  /** @param nowMs Unix ms, decides how long a device lost with its node stays unknown. */
  stateAt(slot: number, nowMs: number): DeviceState {
    const { columns: c } = this;
    if (c.online[slot] === 1) return this.#silent.has(c.node[slot]!) ? 'unknown' : 'connected';
    const lost = this.names.name(c.reason[slot]!) === 'node-lost';
    return lost && nowMs - c.disconnectedAt[slot]! < nodeLostUnknownMs ? 'unknown' : 'offline';
  }

  /** @param at monotonic ms: a rate that was not renewed in time is 0. */
  rateAt(slot: number, at: number): number {
    const { columns: c } = this;
    return at < c.rateUntil[slot]! ? c.rate[slot]! : 0;
  }

  row(slot: number, nowMs: number, at: number): DeviceRow {
    const { columns: c, names } = this;
    const state = this.stateAt(slot, nowMs);
    return {
      id: c.id[slot]!,
      state,
      reason: state === 'unknown' && c.online[slot] === 1 ? 'node-silent' : names.name(c.reason[slot]!),
      protocol: names.name(c.protocol[slot]!),
      transport: names.name(c.transport[slot]!),
      node: names.name(c.node[slot]!),
      address: c.address[slot]!,
      rate: state === 'connected' ? Math.round(this.rateAt(slot, at) * 1000) / 1000 : 0,
      messages: c.messages[slot]! + c.epochMessages[slot]!,
      lastSeen: c.lastSeen[slot]!,
      connectedAt: c.connectedAt[slot]!,
      disconnectedAt: c.disconnectedAt[slot]!,
      class: names.name(c.class[slot]!),
      score: null,
      band: 'unknown',
      cause: null,
      confidence: 'none',
      rttMs: null,
      jitterMs: null,
      lossRatio: null,
      flaps: 0,
      backlog: 0,
      attention: 0,
      zombie: '',
      tags: {},
      spark: '',
    };
  }

  detail(slot: number, nowMs: number, at: number): DeviceDetail {
    const { columns: c, names } = this;
    return {
      ...this.row(slot, nowMs, at),
      epoch: c.epoch[slot]!,
      listener: names.name(c.listener[slot]!),
      keepAlive: c.keepAlive[slot]!,
      expiry: c.expiry[slot]!,
      firstSeen: c.firstSeen[slot]!,
      connects: c.connects[slot]!,
      bytes: c.bytes[slot]! + c.epochBytes[slot]!,
      epochMessages: c.epochMessages[slot]!,
      epochBytes: c.epochBytes[slot]!,
      penalties: { rtt: 0, jitter: 0, loss: 0, flaps: 0, errors: 0, stalls: 0 },
      sources: { rtt: '', jitter: '', loss: '' },
      qualityAt: 0,
      isSleepy: false,
      behindAddress: 0,
    };
  }

  countStates(nowMs: number): Record<DeviceState, number> {
    const counts = { connected: 0, offline: 0, unknown: 0 };
    for (const slot of this.#slots.values()) counts[this.stateAt(slot, nowMs)]++;
    return counts;
  }

  /** Ids from a position on, at most `count`, for whoever walks the index in small steps. */
  *idsFrom(slot: number, count: number): Generator<string> {
    const end = Math.min(slot + count, this.columns.id.length);
    for (let at = slot; at < end; at++) {
      const id = this.columns.id[at];
      if (id !== undefined && id !== '' && this.#slots.get(id) === at) yield id;
    }
  }

  #slotFor(id: string): number | undefined {
    const known = this.#slots.get(id);
    if (known !== undefined) return known;
    if (this.#slots.size >= this.#maxDevices) {
      this.isFull = true;
      return undefined;
    }
    const slot = this.#free.pop() ?? this.columns.id.length;
    this.columns.reserve(slot + 1);
    this.columns.clear(slot);
    this.columns.id[slot] = id;
    this.#slots.set(id, slot);
    this.order.add(slot);
    return slot;
  }
}
