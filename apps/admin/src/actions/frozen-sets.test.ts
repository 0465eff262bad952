import { createHash } from 'node:crypto';
import { ManualClock } from '@tributary/runtime';
import { expect, test } from 'vitest';
import { FrozenSets, type Candidate } from './frozen-sets.ts';

const devices = (count: number): Candidate[] =>
  Array.from({ length: count }, (_, i) => ({
    ...{ id: `d-${String(i).padStart(3, '0')}`, class: i % 2 === 0 ? 'bulk' : 'standard', node: 'gw-1.a' },
  }));

test('a dry run says what it would touch', () => {
  const sets = new FrozenSets(new ManualClock());
  const dryRun = sets.freeze('fw:2.4', 'ann', devices(5).toReversed());
  const ids = devices(5).map(({ id }) => id);
  expect(dryRun).toMatchObject({
    ...{
      count: 5,
      byClass: { bulk: 3, standard: 2 },
      byNode: { 'gw-1.a': 5 },
      needs: 'operator',
      sample: ids,
    },
    hash: createHash('sha256')
      .update(`${ids.join('\n')}\n`)
      .digest('hex'),
  });
  expect(sets.find(dryRun.set, 'ann')).toMatchObject({ ids, filter: 'fw:2.4' });
});

test('the sample goes from the first to the last', () => {
  const { sample, needs } = new FrozenSets(new ManualClock()).freeze('', 'ann', devices(101));
  expect([sample.length, sample[0], sample.at(-1), needs]).toEqual([10, 'd-000', 'd-100', 'admin']);
});

test('a set is for whoever made it, once, and for ten minutes', () => {
  const clock = new ManualClock();
  const sets = new FrozenSets(clock);
  const [first, second] = [sets.freeze('', 'ann', []), sets.freeze('', 'ann', [])];
  expect(sets.find(first.set, 'bob')).toBeUndefined();
  const found = sets.find(first.set, 'ann')!;
  sets.take(found);
  expect(sets.find(first.set, 'ann')).toBeUndefined();
  sets.giveBack(found);
  expect(sets.find(first.set, 'ann')).toBe(found);
  clock.advance(10 * 60_000);
  expect(sets.find(second.set, 'ann')).toBeUndefined();
});

test('no more than twenty are kept', () => {
  const sets = new FrozenSets(new ManualClock());
  const made = Array.from({ length: 25 }, () => sets.freeze('', 'ann', []));
  expect(made.filter(({ set }) => sets.find(set, 'ann') !== undefined)).toHaveLength(20);
});

test('a node that has the name of a property of every object is a name like any other', () => {
  const device = { id: 'a', class: '__proto__', node: 'constructor' };
  const { byNode, byClass } = new FrozenSets(new ManualClock()).freeze('', 'ann', [device]);
  expect(JSON.stringify([byNode, byClass])).toBe('[{"constructor":1},{"__proto__":1}]');
});
