import { deviceSorts, type DeviceSort, parseFilter } from '@tributary/protocol/admin-api';
import { expect, test } from 'vitest';
import { arrivalOf, departureOf, qualitySampleOf } from '../../testing/device-facts.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { FleetIndex } from '../fleet-index.ts';
import { orderHoldMs } from './kept-orders.ts';
import { DeviceLists, type ListPage, type ListRequest } from './list-devices.ts';

const hostile = ['a/b', 'a}b', '设备-1', '<img src=x onerror=alert(1)>', ' ', '%2F', 'a"b', '\u0001', 'z😀'];
const ids = [...hostile, ...Array.from({ length: 40 }, (_, i) => `pump-${i}`)];

function fleetOf(names: readonly string[]): FleetIndex {
  const index = new FleetIndex({ maxDevices: 100_000 });
  for (const [i, device] of names.entries()) {
    const node = `gw-${i % 3}.a`;
    index.applyArrival(arrivalOf(device, 1, { ts: 1000 + (i % 7), node, class: i % 5 === 0 ? '' : 'bulk' }));
    if (i % 4 > 0) index.applyQualitySample(qualitySampleOf(device, 1, { score: 90 - (i % 10) }), 2000);
  }
  return index;
}

class Reader {
  readonly lists = new DeviceLists();
  readonly index: FleetIndex;
  at = 0;

  constructor(names: readonly string[]) {
    this.index = fleetOf(names);
  }

  page(sort: DeviceSort, q = '', more: Partial<ListRequest> = {}): Promise<ListPage> {
    const request = { conditions: parseFilter(q).terms, sort, limit: 3, ...more };
    return this.lists.page(this.index, request, { nowMs: 5000, at: this.at });
  }

  /** All pages, through the wire form, as a client would. @param between done after each page */
  async walk(sort: DeviceSort, q = '', between: () => void = () => undefined): Promise<string[]> {
    const found: string[] = [];
    let after: ListRequest['after'];
    for (;;) {
      const page = await this.page(sort, q, { after });
      found.push(...this.idsOf(page));
      if (page.next === undefined) return found;
      after = decodeCursor(encodeCursor(sort, page.next), sort);
      expect(after).toEqual(page.next);
      between();
    }
  }

  idsOf(page: ListPage): string[] {
    return page.slots.map((slot) => this.index.columns.id[slot]!);
  }
}

test.each(deviceSorts)('pages in order of %s meet every device once, whatever its name', async (sort) => {
  const found = await new Reader(ids).walk(sort);
  expect(found).toHaveLength(ids.length);
  expect(new Set(found)).toEqual(new Set(ids));
});

test.each(deviceSorts)('pages of %s whose order was given up go on where they were', async (sort) => {
  const reader = new Reader(ids);
  const whole = await reader.walk(sort);
  expect(await reader.walk(sort, '', () => (reader.at += orderHoldMs))).toEqual(whole);
});

test('ids come in code unit order, and backwards when asked', async () => {
  const ordered = [...ids].sort((a, b) => (a < b ? -1 : 1));
  expect(await new Reader(ids).walk('id')).toEqual(ordered);
  expect(await new Reader(ids).walk('-id')).toEqual(ordered.toReversed());
});

test('ties are in order of ids and what is not known comes last, both ways', async () => {
  const reader = new Reader(['c', 'a', 'b', 'd']);
  for (const [id, score] of [
    ['a', 50],
    ['b', 70],
    ['c', 50],
  ] as const)
    reader.index.applyQualitySample(qualitySampleOf(id, 1, { score }), 3000);
  reader.index.applyDeparture(departureOf('d', 1));
  expect(await reader.walk('score')).toEqual(['a', 'c', 'b', 'd']);
  expect(await reader.walk('-score')).toEqual(['b', 'a', 'c', 'd']);
});

test('the total counts all pages', async () => {
  const reader = new Reader(ids);
  reader.index.applyDeparture(departureOf('pump-3', 1));
  expect((await reader.page('id', 'id:pump-*')).total).toBe(40);
  const offline = await reader.page('id', 'id:pump-* state:offline');
  expect(offline).toMatchObject({ total: 1 });
  expect(offline.next).toBeUndefined();
});

test('rows do not jump while a list is read, and the number of those that would is told', async () => {
  const reader = new Reader(['a', 'b', 'c', 'd', 'e', 'f']);
  const rate = (id: string, score: number, ts: number): void =>
    reader.index.applyQualitySample(qualitySampleOf(id, 1, { score }), ts);
  for (const [i, id] of ['a', 'b', 'c', 'd', 'e', 'f'].entries()) rate(id, 10 * i, 3000);
  const first = await reader.page('score');
  expect(await reader.lists.changes(reader.index, first.order, { nowMs: 0, at: 0 })).toEqual({
    moved: 0,
    added: 0,
  });
  rate('a', 100, 4000);
  reader.index.applyArrival(arrivalOf('new', 1));
  reader.at = 2000;
  expect(reader.idsOf(await reader.page('score', '', { after: first.next }))).toEqual(['d', 'e', 'f']);
  expect(await reader.lists.changes(reader.index, first.order, { nowMs: 0, at: 2000 })).toEqual({
    moved: 1,
    added: 1,
  });
  expect(reader.idsOf(await reader.page('score'))).toEqual(['b', 'c', 'd']);
});

test('a kept order shows no device that has taken the place of a forgotten one', async () => {
  const reader = new Reader(['a', 'b', 'c', 'd', 'e', 'f']);
  const first = await reader.page('id');
  reader.index.remove('e');
  reader.index.applyArrival(arrivalOf('aa', 1));
  expect(reader.idsOf(await reader.page('id', '', { after: first.next }))).toEqual(['d', 'f']);
  const changes = await reader.lists.changes(reader.index, first.order, { nowMs: 0, at: 0 });
  expect(changes).toEqual({ moved: 0, added: 1 });
});

test('an order ends a minute after its last use, and with the index it was made of', async () => {
  const reader = new Reader(ids);
  const { order } = await reader.page('-rate');
  const stateAt = (at: number, index = reader.index) => reader.lists.changes(index, order, { nowMs: 0, at });
  expect(await stateAt(orderHoldMs - 1)).toBeDefined();
  expect(await stateAt(2 * orderHoldMs - 2)).toBeDefined();
  expect(await stateAt(3 * orderHoldMs)).toBeUndefined();
  const { order: next } = await reader.page('-rate');
  expect(await reader.lists.changes(fleetOf(ids), next, { nowMs: 0, at: 0 })).toBeUndefined();
  expect(await reader.lists.changes(reader.index, 'nonsense', { nowMs: 0, at: 0 })).toBeUndefined();
});

test('whoever asks for the same within a second gets the same order', async () => {
  const reader = new Reader(ids);
  const { order } = await reader.page('rtt', 'band:good');
  expect((await reader.page('rtt', 'band:good')).order).toBe(order);
  expect((await reader.page('rtt', 'band:bad')).order).not.toBe(order);
  reader.at = 1000;
  expect((await reader.page('rtt', 'band:good')).order).not.toBe(order);
});

test('a cursor of an order of another filter does not leak that order into this list', async () => {
  const reader = new Reader(['a', 'b', 'c', 'd', 'e', 'f']);
  const all = await reader.page('id');
  const page = await reader.page('id', 'id:e', { after: all.next });
  expect(reader.idsOf(page)).toEqual(['e']);
});

test('facets count the matching devices by value, the most frequent first', async () => {
  const reader = new Reader([]);
  for (let i = 0; i < 40; i++) {
    const tags = { site: `s${i % 20}`, ...(i < 3 && { fw: '1' }) };
    reader.index.applyArrival(arrivalOf(`d${i}`, 1, { tags, transport: i < 10 ? 'ws' : 'tcp' }));
  }
  const facets = await reader.lists.facets(reader.index, parseFilter('-id:d39').terms, { nowMs: 0, at: 0 });
  const facet = (key: string) => facets.find((each) => each.key === key);
  expect(facet('transport')).toEqual({
    key: 'transport',
    values: [
      { value: 'tcp', count: 29 },
      { value: 'ws', count: 10 },
    ],
    more: 0,
  });
  expect(facet('tag.site')).toMatchObject({ more: 8, values: { length: 12 } });
  expect(facet('tag.fw')?.values).toEqual([{ value: '1', count: 3 }]);
  expect(facet('band')?.values).toEqual([{ value: 'unknown', count: 39 }]);
});

test('an empty list tells how many there would be without each condition', async () => {
  const reader = new Reader(ids);
  const { terms } = parseFilter('id:pump-* band:bad');
  expect(await reader.lists.without(reader.index, terms, { nowMs: 0, at: 0 })).toEqual([
    { term: 'id:pump-*', total: 0 },
    { term: 'band:bad', total: 40 },
  ]);
});

test.each(['', '!!!', 'bm90IGpzb24', Buffer.from('["rate",1]').toString('base64url'), 'W10'])(
  'a cursor that is none is refused: %j',
  (cursor) => expect(decodeCursor(cursor, 'id')).toBeUndefined(),
);

test('a cursor of another order is refused', async () => {
  const end = { order: 'x', place: 3, key: 1, id: 'a' };
  expect(decodeCursor(encodeCursor('rate', end), 'id')).toBeUndefined();
});
