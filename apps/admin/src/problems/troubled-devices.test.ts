import { expect, test } from 'vitest';
import { FleetIndex } from '../fleet/fleet-index.ts';
import { arrivalOf, departureOf, qualitySampleOf } from '../testing/device-facts.ts';
import { TopList } from './top-list.ts';
import { troubledDevices } from './troubled-devices.ts';

test('the largest of many, largest first', () => {
  const top = new TopList<number>(3);
  for (const rank of [5, 1, 9, 7, 3, 9]) top.offer(rank, () => rank);
  expect(top.rows()).toEqual([9, 9, 7]);
});

test('finds what flaps, what is slow, and what is not really there', () => {
  const index = new FleetIndex({ maxDevices: 100 });
  for (const [i, id] of ['well', 'flaps', 'slow', 'waits', 'zombie', '<b>'].entries()) {
    index.applyArrival(arrivalOf(id, i + 1));
  }
  const none = { rtt: 0, jitter: 0, loss: 0, flaps: 0, errors: 0, stalls: 0 };
  index.applyQualitySample(qualitySampleOf('flaps', 2, { flaps: 7 }), 9000);
  index.applyQualitySample(
    qualitySampleOf('slow', 3, { penalties: { ...none, stalls: 12 }, score: 88 }),
    9000,
  );
  index.columns.backlog[index.slotOf('waits')!] = 150;
  index.applyQualitySample(qualitySampleOf('zombie', 5, { zombie: 'half-open' }), 9000);
  index.applyQualitySample(qualitySampleOf('<b>', 6, { flaps: 3 }), 9000);
  expect(troubledDevices(index, 9000)).toEqual({
    connected: 6,
    flappingCount: 1,
    flapping: [
      { id: 'flaps', flaps: 7, reason: '' },
      { id: '<b>', flaps: 3, reason: '' },
    ],
    slow: [
      { id: 'slow', stalls: 12, backlog: 0 },
      { id: 'waits', stalls: 0, backlog: 150 },
    ],
    zombies: [{ id: 'zombie', why: 'half-open', since: expect.any(Number) }],
  });
});

test('a device that has been away for an hour flaps no more', () => {
  const index = new FleetIndex({ maxDevices: 100 });
  index.applyArrival(arrivalOf('gone', 1));
  index.applyQualitySample(qualitySampleOf('gone', 1, { flaps: 9 }), 9000);
  index.applyDeparture(departureOf('gone', 1, { ts: 10_000 }));
  expect(troubledDevices(index, 10_000 + 3_599_999)).toMatchObject({ flappingCount: 1 });
  expect(troubledDevices(index, 10_000 + 3_600_000)).toMatchObject({ flappingCount: 0, flapping: [] });
  const slot = index.slotOf('gone')!;
  expect(index.row(slot, 10_000 + 3_599_999, 0).flaps).toBe(9);
  expect(index.row(slot, 10_000 + 3_600_000, 0).flaps).toBe(0);
});
