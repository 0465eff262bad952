import { afterAll, afterEach, expect, test } from 'vitest';
import { TestStore } from '../testing/test-store.ts';
import { changeOperators, loadOperators, readOperatorsVersion, type OperatorsChange } from './operators.ts';

const store = new TestStore();
const { redis, keys } = store;
afterEach(() => store.clear());
afterAll(() => store.close());

const change = (version: string, ...changes: OperatorsChange[]) =>
  changeOperators(redis, keys, version, changes, { fields: ['who', 'ann', 'action', 'x'], maxEntries: 10 });

test('a namespace without operators has version 0', async () => {
  expect(await readOperatorsVersion(redis, keys)).toBe('0');
  expect(await loadOperators(redis, keys)).toEqual({ version: '0', operators: {}, tokens: {} });
});

test('changes, version and audit entry are written together', async () => {
  const version = await change(
    '0',
    { kind: 'operator', field: 'ann', value: '{"a":1}' },
    { kind: 'token', field: 't1', value: '{"t":1}' },
  );
  expect(version).toBe('1');
  expect(await loadOperators(redis, keys)).toEqual({
    version: '1',
    operators: { ann: '{"a":1}' },
    tokens: { t1: '{"t":1}' },
  });
  expect((await redis.xrange(keys.audit, '-', '+')).map(([, fields]) => fields)).toEqual([
    ['who', 'ann', 'action', 'x'],
  ]);
});

test('of two who read the same version the second changes nothing and leaves no entry', async () => {
  await change('0', { kind: 'operator', field: 'ann', value: 'first' });
  expect(await change('0', { kind: 'operator', field: 'ann', value: 'second' })).toBeUndefined();
  expect((await loadOperators(redis, keys)).operators).toEqual({ ann: 'first' });
  expect(await redis.xlen(keys.audit)).toBe(1);
});

test('a token that is removed takes the time of its last use along', async () => {
  await change('0', { kind: 'token', field: 't1', value: 'x' });
  await redis.hset(keys.operatorTokenUses, { t1: 1, t2: 2 });
  await change('1', { kind: 'token', field: 't1' });
  expect((await loadOperators(redis, keys)).tokens).toEqual({});
  expect(await redis.hgetall(keys.operatorTokenUses)).toEqual({ t2: '2' });
});
