import { expect, test } from 'vitest';
import { arrivalOf } from '../../testing/device-facts.ts';
import { FleetIndex } from '../fleet-index.ts';
import { facetsOf } from './facets.ts';
import { Turns } from './turns.ts';

test('counting the facets of a large fleet lets others have their turns', async () => {
  const index = new FleetIndex({ maxDevices: 20_000 });
  for (let i = 0; i < 20_000; i++) index.applyArrival(arrivalOf(`d${i}`, 1, { tags: { site: `s${i % 3}` } }));
  let now = 0;
  let turns = 0;
  let isCounting = true;
  const others = (): void => {
    turns++;
    if (isCounting) setImmediate(others);
  };
  setImmediate(others);
  // Each look at the clock is 6 ms after the one before, so that every second piece ends a turn.
  const facets = await facetsOf(index, index.order.slots().slice(), 0, new Turns(() => (now += 6)));
  isCounting = false;
  expect(facets.find(({ key }) => key === 'tag.site')?.values).toEqual([
    { value: 's0', count: 6667 },
    { value: 's1', count: 6667 },
    { value: 's2', count: 6666 },
  ]);
  expect(turns).toBeGreaterThan(15);
});

test('devices are counted by the block of addresses they come from', async () => {
  const index = new FleetIndex({ maxDevices: 10 });
  for (const [i, address] of ['10.0.0.1:1', '10.0.0.2:1', '10.0.1.1:1', '[2001:db8::1]:1', ''].entries())
    index.applyArrival(arrivalOf(`d${i}`, 1, { address }));
  const facets = await facetsOf(index, index.order.slots().slice(), 0, new Turns(() => 0));
  expect(facets.find(({ key }) => key === 'prefix')?.values).toEqual([
    { value: '10.0.0.0/24', count: 2 },
    { value: '10.0.1.0/24', count: 1 },
    { value: '2001:db8::/64', count: 1 },
  ]);
});
