import type { DeviceSort } from '@tributary/protocol/admin-api';
import { expect, test } from 'vitest';
import { arrivalOf } from '../testing/device-facts.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { FleetIndex } from './fleet-index.ts';
import { listDevices, type ListRequest } from './list-devices.ts';

const hostile = ['a/b', 'a}b', '设备-1', '<img src=x onerror=alert(1)>', ' ', '%2F', 'a"b', '\u0001', 'z😀'];

function fleetOf(ids: readonly string[]): FleetIndex {
  const index = new FleetIndex({ maxDevices: 100_000 });
  ids.forEach((device, i) => index.applyArrival(arrivalOf(device, 1, { ts: 1000 + (i % 7) })));
  return index;
}

function walk(index: FleetIndex, request: Partial<ListRequest> & { sort: DeviceSort }): string[] {
  const found: string[] = [];
  let after: ListRequest['after'];
  for (;;) {
    const page = listDevices(index, { limit: 3, ...request, after }, 0, 0);
    found.push(...page.slots.map((slot) => index.columns.id[slot]!));
    if (page.next === undefined) return found;
    // Through the wire form, as a client would.
    after = decodeCursor(encodeCursor(request.sort, page.next), request.sort);
    expect(after).toEqual(page.next);
  }
}

const ids = [...hostile, ...Array.from({ length: 40 }, (_, i) => `pump-${i}`)];

test.each(['id', '-id', 'lastSeen', '-lastSeen', 'rate', '-rate', 'messages', '-connectedAt'] as const)(
  'pages in order of %s meet every device once, whatever its name',
  (sort) => {
    const found = walk(fleetOf(ids), { sort });
    expect(found).toHaveLength(ids.length);
    expect(new Set(found)).toEqual(new Set(ids));
  },
);

test('ids come in code unit order, and backwards when asked', () => {
  const index = fleetOf(ids);
  const ordered = [...ids].sort((a, b) => (a < b ? -1 : 1));
  expect(walk(index, { sort: 'id' })).toEqual(ordered);
  expect(walk(index, { sort: '-id' })).toEqual(ordered.toReversed());
});

test('a prefix and a state narrow the list, and the total counts all pages', () => {
  const index = fleetOf(ids);
  index.applyDeparture({ device: 'pump-3', epoch: 1, ts: 2000, node: 'n', by: 'device', reason: 'normal' });
  const page = listDevices(index, { limit: 2, sort: 'id', prefix: 'pump-' }, 0, 0);
  expect(page.total).toBe(40);
  expect(page.slots).toHaveLength(2);
  const offline = listDevices(index, { limit: 2, sort: 'id', prefix: 'pump-', state: 'offline' }, 0, 0);
  expect(offline).toMatchObject({ total: 1 });
  expect(offline.next).toBeUndefined();
});

test('a device that appears before the cursor neither repeats nor hides another', () => {
  const index = fleetOf(['b', 'd', 'f', 'h']);
  const first = listDevices(index, { limit: 2, sort: 'id' }, 0, 0);
  index.applyArrival(arrivalOf('a', 1));
  const second = listDevices(index, { limit: 2, sort: 'id', after: first.next }, 0, 0);
  expect(second.slots.map((slot) => index.columns.id[slot])).toEqual(['f', 'h']);
});

test.each(['', '!!!', 'bm90IGpzb24', Buffer.from('["rate",1]').toString('base64url'), 'W10'])(
  'a cursor that is none is refused: %j',
  (cursor) => expect(decodeCursor(cursor, 'id')).toBeUndefined(),
);

test('a cursor of another order is refused', () => {
  expect(decodeCursor(encodeCursor('rate', { key: 1, id: 'a' }), 'id')).toBeUndefined();
});
