import { expect, test } from 'vitest';
import { FleetIndex } from '../fleet/fleet-index.ts';
import { arrivalOf, qualitySampleOf } from '../testing/device-facts.ts';
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
  expect(troubledDevices(index)).toEqual({
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
