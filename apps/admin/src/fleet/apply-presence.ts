import type { DeviceRecord } from '@tributary/backplane';
import { addressWords, blockOf, readAddress } from './address.ts';
import { setQuality } from './apply-quality.ts';
import type { Arrival, ClassMove, Departure } from './device-event.ts';
import type { DeviceTable } from './device-table.ts';

// What a node says about an older epoch than the one known is ignored, so a late event never overwrites a newer
// connection; the same event twice changes nothing.

/** A device record as the snapshot found it. */
export function applyRecord(table: DeviceTable, id: string, record: DeviceRecord): void {
  const slot = table.slotFor(id);
  const { columns: c } = table;
  if (slot === undefined || record.epoch < c.epoch[slot]!) return;
  setConnection(table, slot, record);
  c.online[slot] = record.online ? 1 : 0;
  c.reason[slot] = table.names.code(record.reason);
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
  setQuality(table, slot, record.quality, record.qualityAt);
  table.touch(slot);
  table.revision++;
}

export function applyArrival(table: DeviceTable, event: Arrival): void {
  const slot = table.slotFor(event.device);
  const { columns: c } = table;
  // The same epoch again is an event the record already told of; the device may have left since.
  if (slot === undefined || event.epoch <= c.epoch[slot]!) return;
  c.messages[slot]! += c.epochMessages[slot]!;
  c.bytes[slot]! += c.epochBytes[slot]!;
  c.epochMessages[slot] = 0;
  c.epochBytes[slot] = 0;
  setConnection(table, slot, event);
  c.online[slot] = 1;
  c.reason[slot] = 0;
  c.connects[slot]! += 1;
  if (c.firstSeen[slot] === 0) c.firstSeen[slot] = event.ts;
  c.connectedAt[slot] = event.ts;
  c.lastSeen[slot] = Math.max(c.lastSeen[slot]!, event.ts);
  c.rate[slot] = 0;
  c.sampledAt[slot] = event.ts; // an epoch begins with nothing sent, so its first sample already gives a rate
  c.clearQuality(slot); // another connection, perhaps over another network
  table.touch(slot);
  table.revision++;
}

export function applyDeparture(table: DeviceTable, event: Departure): void {
  const slot = table.slotFor(event.device);
  const { columns: c, names } = table;
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
  table.touch(slot);
  table.revision++;
}

/** A device was raised, or is what it was again. */
export function applyClass(table: DeviceTable, event: ClassMove): void {
  const slot = table.slotOf(event.device);
  const { columns: c, names } = table;
  if (slot === undefined || event.epoch !== c.epoch[slot]!) return;
  c.class[slot] = names.code(event.class);
  table.touch(slot);
  table.revision++;
}

type Connection = Pick<
  DeviceRecord,
  | 'epoch'
  | 'node'
  | 'protocol'
  | 'transport'
  | 'listener'
  | 'class'
  | 'address'
  | 'keepAlive'
  | 'tags'
  | 'sleepy'
>;

function setConnection({ columns: c, names, tags, blocks }: DeviceTable, slot: number, facts: Connection) {
  c.epoch[slot] = facts.epoch;
  c.node[slot] = names.code(facts.node);
  c.protocol[slot] = names.code(facts.protocol);
  c.transport[slot] = names.code(facts.transport);
  c.listener[slot] = names.code(facts.listener);
  c.class[slot] = names.code(facts.class);
  c.keepAlive[slot] = facts.keepAlive;
  c.sleepy[slot] = facts.sleepy ? 1 : 0;
  tags.set(slot, facts.tags);
  if (c.address[slot] === facts.address) return;
  c.address[slot] = facts.address;
  c.ipFamily[slot] = readAddress(facts.address, c.ip, slot * addressWords);
  blocks.set(slot, blockOf(facts.address));
}
