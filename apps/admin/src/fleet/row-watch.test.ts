import { expect, test } from 'vitest';
import { arrivalOf, departureOf, qualitySampleOf, recordOf } from '../testing/device-facts.ts';
import { FleetIndex, nodeLostUnknownMs } from './fleet-index.ts';
import { RowWatch } from './row-watch.ts';

function watched() {
  const index = new FleetIndex({ maxDevices: 10 });
  index.applyArrival(arrivalOf('d', 1));
  const watch = new RowWatch();
  const look = (nowMs = 5000, at = 0) => watch.look(index, index.slotOf('d')!, { nowMs, at });
  look();
  return { index, watch, look };
}

test('a row that nothing has happened to is not made again', () => {
  const { look } = watched();
  expect(look()).toBeUndefined();
});

test.each<[string, (index: FleetIndex) => void]>([
  [
    'a sample',
    (index) => index.applySample({ id: 'd', epoch: 1, messages: 1, bytes: 1, lastSeen: 1 }, 2000, 0),
  ],
  ['a sample of its quality', (index) => index.applyQualitySample(qualitySampleOf('d', 1), 2000)],
  ['a departure', (index) => index.applyDeparture(departureOf('d', 1))],
  ['another connection', (index) => index.applyArrival(arrivalOf('d', 2))],
  ['a new record', (index) => index.applyRecord('d', recordOf())],
  ['what waits for it', (index) => index.setAside('d', { expiry: 1, isSleepy: true, backlog: 1 })],
  ['a node that goes quiet', (index) => index.setSilent(() => true)],
  ['a point of its sparkline', (index) => index.noteScores()],
])('%s is seen', (_what, happen) => {
  const { index, look } = watched();
  happen(index);
  expect(look()).toMatchObject({ row: { id: 'd' }, before: { id: 'd' } });
  expect(look()).toBeUndefined();
});

test('time is seen: a rate that runs out, a lost device that turns offline', () => {
  const { index, look } = watched();
  index.applySample({ id: 'd', epoch: 1, messages: 60, bytes: 0, lastSeen: 1 }, 4000, 0);
  expect(look(5000, 1)?.row.rate).toBe(20);
  expect(look(5000, 5999)).toBeUndefined();
  expect(look(5000, 6000)?.row.rate).toBe(0);
  index.applyDeparture(departureOf('d', 1, { reason: 'node-lost', ts: 5000 }));
  expect(look(6000, 7000)?.row.state).toBe('unknown');
  expect(look(5000 + nodeLostUnknownMs, 8000)?.row.state).toBe('offline');
});

test('another device in the same place, or the same in another index, is seen', () => {
  const { index, look, watch } = watched();
  index.remove('d');
  index.applyArrival(arrivalOf('d', 3));
  expect(look()?.row.connectedAt).toBe(3000);
  const other = new FleetIndex({ maxDevices: 10 });
  other.applyArrival(arrivalOf('d', 3));
  expect(watch.look(other, other.slotOf('d')!, { nowMs: 0, at: 0 })).toBeDefined();
});
