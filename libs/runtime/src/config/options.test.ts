import { expect, test } from 'vitest';
import { z } from 'zod';
import { optionTables } from './option-tables.ts';
import { listOptions } from './options.ts';
import { printConfig } from './print-config.ts';

const schema = z.strictObject({
  workers: z.int().min(1).default(1).describe('How many.'),
  redis: z
    .strictObject({
      url: z.string().min(1).meta({ secret: true }).default('redis://h').describe('Where. `a|b`'),
      maxPacketBytes: z.int().min(1).max(9).optional(),
    })
    .prefault({}),
  id: z
    .string()
    .meta({ accepts: 'letters', defaultText: 'from the host name' })
    .default(() => 'computed'),
  listeners: z
    .array(z.strictObject({ port: z.int(), tls: z.strictObject({ certFile: z.string() }).optional() }))
    .min(1)
    .max(3)
    .default([{ port: 1 }]),
});

test('lists every option with its variable, type and default, in the order of the schema', () => {
  const rows = listOptions(schema, 'TRIBUTARY').map((option) => [
    option.path,
    option.env,
    option.type,
    option.default,
  ]);
  expect(rows).toEqual([
    ['workers', 'TRIBUTARY_WORKERS', 'a whole number from 1', '1'],
    ['redis.url', 'TRIBUTARY_REDIS_URL', 'text, not empty', 'redis://h'],
    ['redis.maxPacketBytes', 'TRIBUTARY_REDIS_MAX_PACKET_BYTES', 'a whole number from 1 to 9', undefined],
    ['id', 'TRIBUTARY_ID', 'letters', 'from the host name'],
    ['listeners', 'TRIBUTARY_LISTENERS', 'a list of 1 to 3', '[{"port":1}]'],
    ['listeners[].port', undefined, 'a whole number', undefined],
    ['listeners[].tls', undefined, 'a section with keys of its own', undefined],
    ['listeners[].tls.certFile', undefined, 'text', undefined],
  ]);
});

test('says of each option what it is for and whether it is secret', () => {
  const [workers, url] = listOptions(schema, 'TRIBUTARY');
  expect(workers).toMatchObject({ description: 'How many.', secret: false });
  expect(url).toMatchObject({ description: 'Where. `a|b`', secret: true });
});

test('refuses a schema in which two options share a variable', () => {
  const clash = z.strictObject({ redisUrl: z.string(), redis: z.strictObject({ url: z.string() }) });
  expect(() => listOptions(clash, 'X')).toThrow('share an environment name');
});

test('writes a table per section, padded and with bars escaped', () => {
  const lines = optionTables(schema, 'X').split('\n');
  expect(lines.filter((line) => line.startsWith('###'))).toEqual([
    '### Top level',
    '### `redis`',
    '### `listeners`',
  ]);
  expect(lines.find((line) => line.includes('`redis.url`'))).toContain('Where. `a\\|b`');
  const widths = lines.filter((line) => line.includes('redis')).map((line) => line.length);
  expect(new Set(widths.slice(1)).size).toBe(1);
});

test('prints a config as YAML in the order of the schema, passwords masked', () => {
  const config = { listeners: [{ port: 1 }], redis: { url: 'redis://u:hunter2@h' }, workers: 1, id: 'x' };
  expect(printConfig(schema, config)).toBe(
    'workers: 1\nredis:\n  url: redis://u:***@h\nid: x\nlisteners:\n  - port: 1\n',
  );
});

const variants = z.strictObject({
  limits: z
    .strictObject({ most: z.int().default(1), fixed: z.int().default(2).meta({ live: false }) })
    .meta({ live: 'new connections' })
    .prefault({}),
  chain: z
    .array(
      z.discriminatedUnion('type', [
        z.strictObject({
          type: z.literal('file').describe('A file.'),
          path: z.string().describe('Where.'),
          most: z.int().default(1).describe('Most.'),
          name: z.string().optional().describe('Name.'),
        }),
        z.strictObject({
          type: z.literal('token').describe('A token.'),
          key: z.string().meta({ secret: true }).describe('Key.'),
          extra: z.record(z.string(), z.string().meta({ secret: true })).default({}),
          most: z.int().default(2).describe('Most.'),
          name: z.string().optional().describe('Name.'),
        }),
      ]),
    )
    .default([])
    .meta({ live: true }),
});

test('keys of a choice say whose they are, and stand once where they mean the same', () => {
  const rows = listOptions(variants, 'X').map(({ path, type, default: value, description }) => [
    path,
    value === undefined ? type : `${type}, ${value}`,
    description,
  ]);
  expect(rows.slice(3)).toEqual([
    ['chain[].type', 'one of file, token', '`file`: A file. `token`: A token.'],
    ['chain[].path', 'text', '`file`: Where.'],
    ['chain[].most', 'a whole number, 1', '`file`: Most.'],
    ['chain[].name', 'text', 'Name.'],
    ['chain[].key', 'text', '`token`: Key.'],
    ['chain[].extra', 'a map, {}', '`token`: '],
    ['chain[].most', 'a whole number, 2', '`token`: Most.'],
  ]);
});

test('a section says of its keys whether a change takes effect at once; where any does, the tables have a column for it', () => {
  expect(listOptions(variants, 'X').map(({ path, live }) => [path, live])).toEqual([
    ['limits.most', 'new connections'],
    ['limits.fixed', false],
    ['chain', true],
    ...['type', 'path', 'most', 'name', 'key', 'extra', 'most'].map((key) => [`chain[].${key}`, true]),
  ]);
  expect(optionTables(variants, 'X')).toMatch(/`limits\.most` .*\| new connections \|/);
  expect(optionTables(variants, 'X')).toMatch(/`limits\.fixed` .*\| restart +\|/);
  expect(optionTables(schema, 'X')).not.toContain('Change');
});

test('secrets of a choice and of a map are masked when they are printed', () => {
  const chain = [
    { type: 'file', path: 'p' },
    { type: 'token', key: 'hunter2', extra: { one: 'hunter2' } },
  ];
  const printed = printConfig(variants, { limits: { most: 1, fixed: 2 }, chain });
  expect(printed).toContain('path: p');
  expect(printed).not.toContain('hunter2');
  // What no choice takes is not shown at all.
  expect(printConfig(variants, { chain: [{ type: 'token', kye: 'hunter2' }] })).not.toContain('hunter2');
});
