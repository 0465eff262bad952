import { expect, test } from 'vitest';
import type { Arrival, Departure } from './device-event.ts';
import type { DeviceRecord } from './device-record.ts';
import { FleetIndex, nodeLostUnknownMs } from './fleet-index.ts';

const arrival = (device: string, epoch: number, more: Partial<Arrival> = {}): Arrival => ({
  ...{
    device,
    epoch,
    ts: 1000 * epoch,
    node: 'gw-1.a',
    protocol: 'mqtt5',
    transport: 'tcp',
    listener: 'mqtt',
  },
  ...{ address: '10.0.0.1:5', class: 'standard', keepAlive: 60, ...more },
});
const departure = (device: string, epoch: number, more: Partial<Departure> = {}): Departure => ({
  ...{ device, epoch, ts: 1000 * epoch + 500, node: 'gw-1.a', reason: 'normal', by: 'device', ...more },
});
const record = (more: Partial<DeviceRecord> = {}): DeviceRecord => ({
  ...{
    online: true,
    node: 'gw-1.a',
    epoch: 5,
    protocol: 'mqtt5',
    transport: 'tcp',
    listener: 'mqtt',
    address: 'a:1',
  },
  ...{
    class: 'standard',
    keepAlive: 60,
    expiry: 0,
    firstSeen: 1,
    connectedAt: 2,
    disconnectedAt: 0,
    lastSeen: 3,
  },
  ...{ reason: '', connects: 4, messages: 100, bytes: 1000, epochMessages: 7, epochBytes: 70, ...more },
});
const make = (maxDevices = 1_000_000): FleetIndex => new FleetIndex({ maxDevices });
const rowOf = (index: FleetIndex, id: string, nowMs = 10_000, at = 0) =>
  index.row(index.slotOf(id)!, nowMs, at);

test('a late close of an older epoch never marks a device offline', () => {
  const index = make();
  index.applyArrival(arrival('d', 1));
  index.applyArrival(arrival('d', 2, { node: 'gw-2.b' }));
  index.applyDeparture(departure('d', 1));
  expect(rowOf(index, 'd')).toMatchObject({ state: 'connected', node: 'gw-2.b' });
});

test('events that the snapshot already tells of change nothing', () => {
  const index = make();
  index.applyRecord('d', record({ online: false, epoch: 5, reason: 'kicked', disconnectedAt: 5500 }));
  const { revision } = index;
  index.applyArrival(arrival('d', 5));
  index.applyDeparture(departure('d', 5));
  expect(rowOf(index, 'd')).toMatchObject({ state: 'offline', reason: 'kicked', messages: 107 });
  expect(index.revision).toBe(revision);
});

test('totals of finished epochs add up with the current one', () => {
  const index = make();
  index.applyRecord('d', record());
  index.applyDeparture(departure('d', 5, { messages: 10, bytes: 100 }));
  expect(rowOf(index, 'd').messages).toBe(110);
  index.applyArrival(arrival('d', 6));
  index.applySample({ id: 'd', epoch: 6, messages: 4, bytes: 40, lastSeen: 6900 }, 8000, 0);
  expect(rowOf(index, 'd').messages).toBe(114);
  expect(index.detail(index.slotOf('d')!, 10_000, 0)).toMatchObject({
    connects: 5,
    bytes: 1140,
    epochMessages: 4,
  });
});

test('the rate is what was gained between two samples, and falls to 0 when no sample comes', () => {
  const index = make();
  index.applyArrival(arrival('d', 1));
  index.applySample({ id: 'd', epoch: 1, messages: 20, bytes: 0, lastSeen: 0 }, 3000, 100);
  expect(rowOf(index, 'd', 0, 200).rate).toBe(10);
  index.applySample({ id: 'd', epoch: 1, messages: 30, bytes: 0, lastSeen: 0 }, 5000, 2100);
  expect(rowOf(index, 'd', 0, 2200).rate).toBe(5);
  expect(rowOf(index, 'd', 0, 2100 + 6000).rate).toBe(0);
});

test('a rare sender keeps its rate until twice its interval has passed', () => {
  const index = make();
  index.applyArrival(arrival('d', 1, { ts: 0 }));
  index.applySample({ id: 'd', epoch: 1, messages: 1, bytes: 0, lastSeen: 0 }, 60_000, 0);
  expect(rowOf(index, 'd', 0, 119_000).rate).toBeCloseTo(0.017, 3);
  expect(rowOf(index, 'd', 0, 121_000).rate).toBe(0);
});

test('a device known from the snapshot has no rate before its second sample', () => {
  const index = make();
  index.applyRecord('d', record());
  index.applySample({ id: 'd', epoch: 5, messages: 5000, bytes: 0, lastSeen: 0 }, 3000, 0);
  expect(rowOf(index, 'd').rate).toBe(0);
  index.applySample({ id: 'd', epoch: 5, messages: 5010, bytes: 0, lastSeen: 0 }, 5000, 0);
  expect(rowOf(index, 'd').rate).toBe(5);
});

test('samples of another epoch and counters that fall are ignored', () => {
  const index = make();
  index.applyRecord('d', record());
  index.applySample({ id: 'd', epoch: 4, messages: 900, bytes: 0, lastSeen: 0 }, 3000, 0);
  index.applySample({ id: 'd', epoch: 5, messages: 3, bytes: 0, lastSeen: 0 }, 4000, 0);
  expect(rowOf(index, 'd')).toMatchObject({ messages: 107, rate: 0 });
});

test('devices of a silent node are unknown, never offline, and come back with the node', () => {
  const index = make();
  index.applyArrival(arrival('d', 1));
  index.setSilent((node) => node === 'gw-1.a');
  expect(rowOf(index, 'd')).toMatchObject({ state: 'unknown', reason: 'node-silent' });
  expect(index.countStates(0)).toEqual({ connected: 0, offline: 0, unknown: 1 });
  index.setSilent(() => false);
  expect(rowOf(index, 'd')).toMatchObject({ state: 'connected', reason: '' });
});

test('a device lost with its node is unknown for fifteen minutes, then offline', () => {
  const index = make();
  index.applyArrival(arrival('d', 1));
  index.applyDeparture(departure('d', 1, { reason: 'node-lost', ts: 2000, by: 'gateway' }));
  expect(rowOf(index, 'd', 2000 + nodeLostUnknownMs - 1)).toMatchObject({
    state: 'unknown',
    reason: 'node-lost',
  });
  expect(rowOf(index, 'd', 2000 + nodeLostUnknownMs)).toMatchObject({
    state: 'offline',
    reason: 'node-lost',
  });
});

test('a forgotten slot is used again and the order of ids stays right', () => {
  const index = make();
  for (const id of ['b', 'a', 'c']) index.applyArrival(arrival(id, 1));
  index.remove('a');
  index.applyArrival(arrival('z', 1));
  expect(index.order.slots().map((slot) => index.columns.id[slot])).toEqual(['b', 'c', 'z']);
  expect(rowOf(index, 'z').messages).toBe(0);
});

test('more devices than allowed are left out and it says so', () => {
  const index = make(2);
  for (const id of ['a', 'b', 'c']) index.applyArrival(arrival(id, 1));
  expect(index.size).toBe(2);
  expect(index.isFull).toBe(true);
  index.remove('a');
  expect(index.isFull).toBe(false);
});

test('columns grow without losing what they hold', () => {
  const index = make();
  for (let i = 0; i < 5000; i++) index.applyArrival(arrival(`d${i}`, i + 1));
  expect(rowOf(index, 'd7')).toMatchObject({ connectedAt: 8000, state: 'connected' });
  expect(index.countStates(0).connected).toBe(5000);
});
