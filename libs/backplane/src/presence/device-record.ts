import type { QualityFacts } from '../records/quality-facts.ts';
import { countOf, parseQuality, parseTags, qualityRecordFields } from './quality-fields.ts';

/** The hash `{pN}:device:ID`. Times are Unix ms, 0 is never; lengths of time are seconds. */
export interface DeviceRecord {
  online: boolean;
  node: string;
  epoch: number;
  protocol: string;
  transport: string;
  listener: string;
  address: string;
  class: string;
  keepAlive: number;
  expiry: number;
  firstSeen: number;
  connectedAt: number;
  disconnectedAt: number;
  lastSeen: number;
  reason: string;
  connects: number;
  messages: number;
  bytes: number;
  epochMessages: number;
  epochBytes: number;
  tags: Readonly<Record<string, string>>;
  sleepy: boolean;
  /** As last measured; of a device that is offline, when it last was there. */
  quality: QualityFacts;
  /** When that was; 0: never. */
  qualityAt: number;
  /** Of the formula. */
  qualityVersion: number;
}

/** Fields of the record, in the order `parseDeviceRecord` expects their values. */
export const deviceRecordFields = [
  'state',
  'node',
  'epoch',
  'protocol',
  'transport',
  'listener',
  'address',
  'class',
  'keepAlive',
  'expiry',
  'firstSeen',
  'connectedAt',
  'disconnectedAt',
  'lastSeen',
  'reason',
  'connects',
  'messages',
  'bytes',
  'epochMessages',
  'epochBytes',
  'tags',
  'sleepy',
  ...qualityRecordFields,
] as const;
export type DeviceRecordField = (typeof deviceRecordFields)[number];

const placeOf = new Map(deviceRecordFields.map((field, place) => [field, place]));

/** Reads the values of `deviceRecordFields`; undefined when there is no record or it has no epoch. */
export function parseDeviceRecord(values: readonly (string | null)[]): DeviceRecord | undefined {
  const text = (field: DeviceRecordField): string => values[placeOf.get(field)!] ?? '';
  const count = (field: DeviceRecordField): number => countOf(text(field));
  if (text('epoch') === '') return undefined;
  return {
    online: text('state') === 'online',
    node: text('node'),
    epoch: count('epoch'),
    protocol: text('protocol'),
    transport: text('transport'),
    listener: text('listener'),
    address: text('address'),
    class: text('class'),
    keepAlive: count('keepAlive'),
    expiry: count('expiry'),
    firstSeen: count('firstSeen'),
    connectedAt: count('connectedAt'),
    disconnectedAt: count('disconnectedAt'),
    lastSeen: count('lastSeen'),
    reason: text('reason'),
    connects: count('connects'),
    messages: count('messages'),
    bytes: count('bytes'),
    epochMessages: count('epochMessages'),
    epochBytes: count('epochBytes'),
    tags: parseTags(text('tags')),
    sleepy: text('sleepy') === '1',
    quality: parseQuality((field) => text(field)),
    qualityAt: count('qualityAt'),
    qualityVersion: count('qualityVersion'),
  };
}
