import { Keys } from '@tributary/backplane';
import type { Redis } from 'ioredis';
import { until, type UntilOptions } from './until.ts';

/** The keys of a namespace as every test configures it: `tributary`, 16 partitions. */
export const keys = new Keys('tributary', 16);

/** An uplink entry, read without the product's own reader so that a shared mistake cannot hide. */
export interface UplinkEntry {
  id: string;
  partition: number;
  /** Names in the order they stand in the entry. */
  names: string[];
  /** Every field but the payload, as text. */
  fields: Record<string, string>;
  device: string;
  epoch: number;
  seq: number;
  topic: string;
  qos: number;
  ts: number;
  payload: Buffer;
}

/** An event entry: its fields, and the numbers every event carries. */
export interface EventEntry {
  id: string;
  partition: number;
  fields: Record<string, string>;
  type: string;
  device: string;
  epoch: number;
}

type RawEntry = [id: Buffer, fields: Buffer[]];

async function range(redis: Redis, key: string): Promise<RawEntry[]> {
  return (await redis.callBuffer('XRANGE', key, '-', '+')) as RawEntry[];
}

function pairs(flat: readonly Buffer[]): [string, Buffer][] {
  const result: [string, Buffer][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) result.push([String(flat[i]), flat[i + 1] ?? Buffer.alloc(0)]);
  return result;
}

function uplinkEntry(partition: number, [id, flat]: RawEntry): UplinkEntry {
  const raw = pairs(flat);
  const fields = Object.fromEntries(
    raw.filter(([name]) => name !== 'payload').map(([name, value]) => [name, String(value)]),
  );
  return {
    id: String(id),
    partition,
    names: raw.map(([name]) => name),
    fields,
    device: fields['device'] ?? '',
    epoch: Number(fields['epoch']),
    seq: Number(fields['seq']),
    topic: fields['topic'] ?? '',
    qos: Number(fields['qos']),
    ts: Number(fields['ts']),
    payload: raw.find(([name]) => name === 'payload')?.[1] ?? Buffer.alloc(0),
  };
}

function eventEntry(partition: number, [id, flat]: RawEntry): EventEntry {
  const fields = Object.fromEntries(pairs(flat).map(([name, value]) => [name, String(value)]));
  return {
    id: String(id),
    partition,
    fields,
    type: fields['type'] ?? '',
    device: fields['device'] ?? '',
    epoch: Number(fields['epoch']),
  };
}

/** Everything one device sent, in stream order. Looks in its own partition only. */
export async function uplinkOf(redis: Redis, device: string): Promise<UplinkEntry[]> {
  const partition = keys.partitionOf(device);
  const entries = await range(redis, keys.uplink(partition));
  return entries.map((entry) => uplinkEntry(partition, entry)).filter((entry) => entry.device === device);
}

/** Events that are told of a device beside its presence. */
const besides = new Set(['quality', 'class', 'throttled']);

/** Presence events of one device, oldest first. How its link is depends on what else the machine does. */
export async function eventsOf(redis: Redis, device: string): Promise<EventEntry[]> {
  const all = await everyEventOf(redis, device);
  return all.filter(({ type }) => !besides.has(type));
}

/** What limits did to one device, oldest first. */
export async function throttledEventsOf(redis: Redis, device: string): Promise<EventEntry[]> {
  const all = await everyEventOf(redis, device);
  return all.filter(({ type }) => type === 'throttled');
}

/** Changes of class of one device, oldest first. */
export async function classEventsOf(redis: Redis, device: string): Promise<EventEntry[]> {
  const all = await everyEventOf(redis, device);
  return all.filter(({ type }) => type === 'class');
}

/** What was told of the link of one device, oldest first. */
export async function qualityEventsOf(redis: Redis, device: string): Promise<EventEntry[]> {
  const all = await everyEventOf(redis, device);
  return all.filter(({ type }) => type === 'quality');
}

async function everyEventOf(redis: Redis, device: string): Promise<EventEntry[]> {
  const all = await partitionEvents(redis, keys.partitionOf(device));
  return all.filter((entry) => entry.device === device);
}

async function partitionEvents(redis: Redis, partition: number): Promise<EventEntry[]> {
  const entries = await range(redis, keys.events(partition));
  return entries.map((entry) => eventEntry(partition, entry));
}

/** All uplink entries of all partitions, by device, each list in stream order. */
export async function allUplink(redis: Redis): Promise<Map<string, UplinkEntry[]>> {
  const perDevice = new Map<string, UplinkEntry[]>();
  for (let partition = 0; partition < keys.partitions; partition++) {
    for (const raw of await range(redis, keys.uplink(partition))) {
      const entry = uplinkEntry(partition, raw);
      const list = perDevice.get(entry.device);
      if (list === undefined) perDevice.set(entry.device, [entry]);
      else list.push(entry);
    }
  }
  return perDevice;
}

/** Number of presence events in all partitions. */
export async function countEvents(redis: Redis): Promise<number> {
  let count = 0;
  for (let partition = 0; partition < keys.partitions; partition++) {
    const events = await partitionEvents(redis, partition);
    count += events.filter(({ type }) => !besides.has(type)).length;
  }
  return count;
}

/** Waits until a device has at least `count` uplink entries, and returns them all. */
export function untilUplink(
  redis: Redis,
  device: string,
  count: number,
  options?: UntilOptions,
): Promise<UplinkEntry[]> {
  return until(
    `${count} uplink entries of ${device}`,
    async () => {
      const entries = await uplinkOf(redis, device);
      return entries.length >= count ? entries : undefined;
    },
    options,
  );
}

/** Waits until a device has at least `count` events, and returns them all. */
export function untilEvents(
  redis: Redis,
  device: string,
  count: number,
  options?: UntilOptions,
): Promise<EventEntry[]> {
  let seen: EventEntry[] = [];
  return until(
    () => `${count} events of ${device}; there are ${JSON.stringify(seen.map(({ fields }) => fields))}`,
    async () => {
      seen = await eventsOf(redis, device);
      return seen.length >= count ? seen : undefined;
    },
    options,
  );
}

/** The owner in `online`: its epoch and node, or undefined when the device is offline. */
export async function ownerOf(
  redis: Redis,
  device: string,
): Promise<{ epoch: number; node: string } | undefined> {
  const value = await redis.hget(keys.online(keys.partitionOf(device)), device);
  if (value === null) return undefined;
  const [epoch, , node] = value.split(' ');
  return { epoch: Number(epoch), node: node ?? '' };
}
