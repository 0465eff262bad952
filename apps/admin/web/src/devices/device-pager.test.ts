import { expect, test } from 'vitest';
import { DevicePager } from './device-pager.ts';
import { nextSort, noFilter, readFilter, writeFilter } from './list-filter.ts';
import { testRow } from '../testing/rows.ts';
import { stepOf } from './use-row-keys.ts';

const page = (ids: string[], nextCursor: string | null = null, total = ids.length) => ({
  ok: true,
  body: { items: ids.map((id) => testRow(id)), total, nextCursor, order: 'o', at: 7 },
});

function make() {
  const asked: {
    path: string;
    signal: AbortSignal;
    answer: (reply: { ok: boolean; body: unknown }) => void;
  }[] = [];
  const pager = new DevicePager(
    {
      fetchJson: (path, signal) => new Promise((answer) => asked.push({ path, signal, answer })),
      onRows: () => undefined,
      onChange: () => undefined,
    },
    noFilter,
  );
  return { pager, asked };
}

test('loads page after page and never shows a device twice', async () => {
  const { pager, asked } = make();
  const first = pager.show(noFilter);
  asked[0]!.answer(page(['a', 'b'], 'c1', 3));
  await first;
  expect(pager.state).toMatchObject({ ids: ['a', 'b'], total: 3, hasMore: true, isLoading: false, at: 7 });
  const more = pager.loadMore();
  void pager.loadMore(); // already under way
  expect(asked).toHaveLength(2);
  expect(asked[1]!.path).toContain('cursor=c1');
  asked[1]!.answer(page(['b', 'c'], null, 3));
  await more;
  expect(pager.state).toMatchObject({ ids: ['a', 'b', 'c'], hasMore: false });
  await pager.loadMore();
  expect(asked).toHaveLength(2);
});

test('the answer of a filter that was left behind is dropped', async () => {
  const { pager, asked } = make();
  const old = pager.show({ ...noFilter, q: 'a' });
  const now = pager.show({ ...noFilter, q: 'ab/c d' });
  expect(asked[0]!.signal.aborted).toBe(true);
  expect(asked[1]!.path).toContain('q=ab%2Fc+d');
  asked[1]!.answer(page(['ab/c d']));
  asked[0]!.answer(page(['a1', 'a2']));
  await Promise.all([old, now]);
  expect(pager.state.ids).toEqual(['ab/c d']);
});

test('old rows stay while a new filter loads', async () => {
  const { pager, asked } = make();
  const first = pager.show(noFilter);
  asked[0]!.answer(page(['a']));
  await first;
  void pager.show({ ...noFilter, q: 'z' });
  expect(pager.state).toMatchObject({ ids: ['a'], shown: noFilter, isLoading: true });
});

test("an error is told in the server's words and leaves the rows", async () => {
  const { pager, asked } = make();
  const first = pager.show(noFilter);
  asked[0]!.answer(page(['a'], 'c1'));
  await first;
  const more = pager.loadMore();
  const problem = {
    type: 'about:blank',
    title: 'Bad Request',
    status: 400,
    code: 'bad-cursor',
    requestId: '1',
  };
  asked[1]!.answer({ ok: false, body: { ...problem, detail: 'the cursor is old' } });
  await more;
  expect(pager.state).toMatchObject({ ids: ['a'], error: 'the cursor is old', isLoading: false });
});

test('a filter survives its way through the URL, whatever is typed', () => {
  const filter = { q: 'plant-3/pump #1 & 设备?', state: 'unknown', sort: '-rate' } as const;
  expect(readFilter(writeFilter(filter))).toEqual(filter);
  expect(writeFilter(noFilter)).toBe('');
  expect(readFilter('state=purple&sort=colour')).toEqual(noFilter);
});

test('numbers sort from the greatest, names from the first, and a second click turns them round', () => {
  expect([
    nextSort('id', 'rate'),
    nextSort('-rate', 'rate'),
    nextSort('rate', 'id'),
    nextSort('id', 'id'),
  ]).toEqual(['-rate', 'rate', 'id', '-id']);
});

test('keys that walk the rows', () => {
  expect([stepOf('j', 9), stepOf('ArrowUp', 9), stepOf('End', 9), stepOf('x', 9)]).toEqual([
    1,
    -1,
    9,
    undefined,
  ]);
});
