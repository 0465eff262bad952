import { expect, test } from 'vitest';
import { arrivalOf, departureOf } from '../testing/device-facts.ts';
import { behindAddresses } from './behind-address.ts';
import { FleetIndex } from './fleet-index.ts';
import { matchDevices } from './match-devices.ts';

function fleetFrom(...addresses: string[]): FleetIndex {
  const index = new FleetIndex({ maxDevices: 100 });
  for (const [i, address] of addresses.entries()) index.applyArrival(arrivalOf(`d${i}`, 1, { address }));
  return index;
}

test('devices behind an address are counted while they are connected', () => {
  const index = fleetFrom(
    '10.0.0.9:1',
    '10.0.0.9:2',
    '[::ffff:10.0.0.9]:3',
    '10.0.0.8:1',
    '',
    '[2001:db8::1]:1',
  );
  index.applyDeparture(departureOf('d1', 1));
  const count = behindAddresses(index);
  const counts = ['d0', 'd1', 'd2', 'd3', 'd4', 'd5'].map((id) => count(index.slotOf(id)!));
  expect(counts).toEqual([2, 2, 2, 1, NaN, 1]);
});

test('a filter finds those of crowded addresses', () => {
  const index = fleetFrom('10.0.0.9:1', '10.0.0.9:2', '10.0.0.8:1', '');
  const ids = (op: '>' | '=', value: string): string[] => {
    const condition = { key: 'behind', op, values: [value], isNegated: false };
    return [...matchDevices(index, [condition], 0, 0)].map((slot) => index.columns.id[slot]!);
  };
  expect(ids('>', '1')).toEqual(['d0', 'd1']);
  expect(ids('=', '1')).toEqual(['d2']);
});
