/** What the admin reads of the hash `{pN}:device:ID`. Times are Unix ms, 0 is never. */
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
}

/** Fields asked for, in the order `parseDeviceRecord` expects their values. */
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
] as const;

/** Reads the values of `deviceRecordFields`; undefined when there is no record or it has no epoch. */
export function parseDeviceRecord(values: readonly (string | null)[]): DeviceRecord | undefined {
  const text = (field: (typeof deviceRecordFields)[number]): string =>
    values[deviceRecordFields.indexOf(field)] ?? '';
  const count = (field: (typeof deviceRecordFields)[number]): number => readCount(text(field));
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
  };
}

/** A decimal number that counts or dates something; whatever else stands there reads as 0. */
export function readCount(value: string | undefined): number {
  const number = Number(value);
  return Number.isFinite(number) && number > 0 ? number : 0;
}
