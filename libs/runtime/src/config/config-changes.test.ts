import { expect, test } from 'vitest';
import { z } from 'zod';
import { configChanges } from './config-changes.ts';
import { withLiveValues } from './live-values.ts';

const door = z.strictObject({ name: z.string(), port: z.int(), tags: z.array(z.string()).default([]) });
const proof = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('file'), path: z.string() }),
  z.strictObject({ type: z.literal('token'), key: z.string().meta({ secret: true }) }),
]);
const schema = z.strictObject({
  id: z.string(),
  url: z.string().meta({ secret: true }),
  limits: z.strictObject({ most: z.int(), fixed: z.int().meta({ live: false }) }).meta({ live: true }),
  doors: z.array(door).meta({ live: true }),
  rules: z.array(z.strictObject({ match: z.string() })).default([]),
  chain: z.array(proof).meta({ live: true }),
  extra: z.strictObject({ note: z.string() }).optional(),
});
type Config = z.output<typeof schema>;

const before: Config = {
  id: 'a',
  url: 'redis://u:hunter2@h',
  limits: { most: 1, fixed: 1 },
  doors: [
    { name: 'a', port: 1, tags: [] },
    { name: 'b', port: 2, tags: ['x'] },
  ],
  rules: [{ match: 'x' }, { match: 'y' }],
  chain: [{ type: 'token', key: 'hunter2' }],
};
const changes = (differs: Partial<Config>) =>
  configChanges(schema, before, { ...before, ...differs }).map(({ path, from, to, live }) => [
    path,
    from,
    to,
    live,
  ]);

test('nothing differs between a configuration and itself', () => {
  expect(changes({})).toEqual([]);
});

test('each value that differs is told with its path, both texts, and whether it takes effect at once', () => {
  expect(changes({ id: 'b', limits: { most: 2, fixed: 2 } })).toEqual([
    ['id', 'a', 'b', false],
    ['limits.most', '1', '2', true],
    ['limits.fixed', '1', '2', false],
  ]);
});

test('entries with names are compared by name, wherever they stand', () => {
  const [a, b] = before.doors as [Config['doors'][0], Config['doors'][0]];
  expect(
    changes({
      doors: [
        { ...b, port: 3 },
        { name: 'c', port: 9, tags: [] },
      ],
    }),
  ).toEqual([
    ['doors[a]', '{"name":"a","port":1,"tags":[]}', undefined, true],
    ['doors[b].port', '2', '3', true],
    ['doors[c]', undefined, '{"name":"c","port":9,"tags":[]}', true],
  ]);
  expect(changes({ doors: [b, a] })).toEqual([['doors', 'in one order', 'in another order', true]]);
  expect(changes({ doors: [a, { ...b, tags: ['y'] }] })).toEqual([
    ['doors[b].tags', 'x', undefined, true],
    ['doors[b].tags', undefined, 'y', true],
  ]);
});

test('entries without names are compared by place, or told as gone and come', () => {
  expect(changes({ rules: [{ match: 'x' }, { match: 'z' }] })).toEqual([['rules[1].match', 'y', 'z', false]]);
  expect(changes({ rules: [{ match: 'y' }] })).toEqual([['rules', '{"match":"x"}', undefined, false]]);
});

test('a section that comes or goes is one change', () => {
  expect(changes({ extra: { note: 'n' } })).toEqual([['extra', undefined, '{"note":"n"}', false]]);
});

test('no password is in any text, whichever variant it stands in', () => {
  const texts = JSON.stringify(
    changes({
      url: 'redis://u:hunter3@h',
      chain: [
        { type: 'file', path: 'p' },
        { type: 'token', key: 'hunter3' },
      ],
    }),
  );
  expect(texts).toContain('redis://u:***@h');
  expect(texts).toContain('"type\\":\\"token');
  expect(texts).not.toMatch(/hunter/);
});

test('a long text is cut', () => {
  expect(changes({ id: 'x'.repeat(5000) })[0]?.[2]).toHaveLength(121);
});

test('what is live is taken over, what is not stays, and the result is frozen', () => {
  const wanted = { ...before, id: 'b', limits: { most: 2, fixed: 2 }, doors: [], extra: { note: 'n' } };
  const inForce = withLiveValues(schema, before, wanted);
  expect(inForce).toEqual({ ...before, limits: { most: 2, fixed: 1 }, doors: [] });
  expect(Object.isFrozen(inForce.limits)).toBe(true);
  expect(configChanges(schema, inForce, wanted).map(({ path }) => path)).toEqual([
    'id',
    'limits.fixed',
    'extra',
  ]);
});
