import type { DeviceList } from '@tributary/protocol/admin-api';
import { expect, test } from 'vitest';
import { ApiError } from '../api/problem.ts';
import { testRow } from '../testing/rows.ts';
import { defaultColumns } from './column-names.ts';
import { DevicePager, fitsOnePage, pageRows, type ListQuery } from './device-pager.ts';
import { nextSort, readView, viewParams } from './list-view.ts';
import { stepOf } from './row-steps.ts';

const all: ListQuery = { q: '', sort: 'id' };
const page = (ids: string[], nextCursor: string | null = null, total = ids.length): DeviceList => ({
  ...{ items: ids.map((id) => testRow(id)), total, nextCursor, order: 'o1', at: 7 },
});

function make() {
  const asked: {
    path: string;
    signal: AbortSignal;
    answer: (page: DeviceList) => void;
    fail: (error: Error) => void;
  }[] = [];
  const pager = new DevicePager(
    {
      fetchPage: (path, signal) => new Promise((answer, fail) => asked.push({ path, signal, answer, fail })),
      onRows: () => undefined,
      onChange: () => undefined,
    },
    all,
  );
  return { pager, asked };
}

test('loads page after page and never shows a device twice', async () => {
  const { pager, asked } = make();
  const first = pager.show(all);
  asked[0]!.answer(page(['a', 'b'], 'c1', 3));
  await first;
  expect(pager.state).toMatchObject({
    ids: ['a', 'b'],
    total: 3,
    hasMore: true,
    isLoading: false,
    order: 'o1',
  });
  const more = pager.loadMore();
  void pager.loadMore(); // already under way
  expect(asked).toHaveLength(2);
  expect(asked[0]!.path).toContain('facets=1');
  expect(asked[1]!.path).toContain('cursor=c1');
  expect(asked[1]!.path).not.toContain('facets');
  asked[1]!.answer(page(['b', 'c'], null, 3));
  await more;
  expect(pager.state).toMatchObject({ ids: ['a', 'b', 'c'], hasMore: false });
  await pager.loadMore();
  expect(asked).toHaveLength(2);
});

test('the answer of a filter that was left behind is dropped', async () => {
  const { pager, asked } = make();
  const old = pager.show({ ...all, q: 'a' });
  const now = pager.show({ ...all, q: 'ab/c d' });
  expect(asked[0]!.signal.aborted).toBe(true);
  expect(asked[1]!.path).toContain('q=ab%2Fc+d');
  asked[1]!.answer(page(['ab/c d']));
  asked[0]!.fail(new Error('aborted'));
  await Promise.all([old, now]);
  expect(pager.state).toMatchObject({ ids: ['ab/c d'], error: undefined });
});

test('old rows stay while a new filter loads, and when it fails', async () => {
  const { pager, asked } = make();
  const first = pager.show(all);
  asked[0]!.answer(page(['a']));
  await first;
  const next = pager.show({ ...all, q: 'z' });
  expect(pager.state).toMatchObject({ ids: ['a'], shown: all, isLoading: true });
  asked[1]!.fail(new ApiError({ status: 400, code: 'bad-filter', message: 'no such key' }));
  await next;
  expect(pager.state).toMatchObject({ ids: ['a'], shown: all, isLoading: false });
  expect(pager.state.error).toMatchObject({ code: 'bad-filter' });
});

test('a view survives its way through the URL, whatever is typed', () => {
  const view = { q: 'plant-3/pump #1 & 设备?', sort: '-rtt', columns: ['id', 'cqi', 'rtt'] } as const;
  const search = new URLSearchParams(viewParams(view) as Record<string, string>).toString();
  expect(readView(search)).toEqual(view);
  expect(viewParams(readView(''))).toEqual({ q: undefined, sort: undefined, cols: undefined });
  expect(readView('sort=colour&cols=smell')).toEqual({ q: '', sort: 'id', columns: defaultColumns });
  expect(readView('cols=rtt,rtt,evil').columns).toEqual(['id', 'rtt']);
});

test('what is bad when high sorts from the highest, scores from the worst, names from the first', () => {
  expect([nextSort('id', 'rtt'), nextSort('-rtt', 'rtt'), nextSort('rtt', 'id')]).toEqual([
    '-rtt',
    'rtt',
    'id',
  ]);
  expect([nextSort('id', 'score'), nextSort('score', 'score'), nextSort('id', 'id')]).toEqual([
    'score',
    '-score',
    '-id',
  ]);
});

test('keys that walk the rows', () => {
  expect([stepOf('j', 9), stepOf('ArrowUp', 9), stepOf('End', 9), stepOf('x', 9)]).toEqual([
    1,
    -1,
    9,
    undefined,
  ]);
});

test('a list follows the fleet while it is one page, and not when all of its pages are loaded', async () => {
  const { pager, asked } = make();
  const ids = Array.from({ length: pageRows }, (_, i) => `d${i}`);
  const shown = pager.show(all);
  expect(fitsOnePage(pager.state)).toBe(false);
  asked[0]!.answer(page(ids, 'c1', pageRows + 1));
  await shown;
  expect(fitsOnePage(pager.state)).toBe(false);
  const more = pager.loadMore();
  asked[1]!.answer(page(['last'], null, pageRows + 1));
  await more;
  expect(pager.state).toMatchObject({ hasMore: false, ids: { length: pageRows + 1 } });
  expect(fitsOnePage(pager.state)).toBe(false);
  const again = pager.refresh();
  asked[2]!.answer(page(ids));
  await again;
  expect(fitsOnePage(pager.state)).toBe(true);
});
