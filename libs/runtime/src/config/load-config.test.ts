import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ConfigError } from './config-error.ts';
import type { Environment } from './environment.ts';
import { loadConfig } from './load-config.ts';

const schema = z.strictObject({
  partitions: z.int().min(1).max(64).default(16),
  redis: z
    .strictObject({
      url: z
        .string()
        .refine((url) => URL.canParse(url), 'must be a URL')
        .meta({ secret: true })
        .default('redis://localhost'),
      replyTimeoutMs: z.int().min(100).default(5000),
    })
    .prefault({}),
  limits: z
    .strictObject({
      maxPacketBytes: z.int().min(1).max(1000).default(100),
      keepAliveRequired: z.boolean().default(false),
      ratio: z.number().max(1).default(0.5),
      mode: z.enum(['observe', 'enforce']).default('enforce'),
    })
    .prefault({}),
  listeners: z.array(z.strictObject({ name: z.string(), port: z.int().max(65_535) })).default([]),
  classes: z.record(z.string(), z.number()).default({}),
});

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'config-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function load(text: string | undefined, env: Environment = {}, ignore: string[] = []) {
  const file = text === undefined ? undefined : join(directory, 'node.yaml');
  if (file !== undefined) writeFileSync(file, text ?? '');
  return loadConfig({ schema, file, env, prefix: 'TRIBUTARY', ignore });
}

function problems(text: string | undefined, env: Environment = {}): string[] {
  try {
    load(text, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ message }) => message.replaceAll(`${directory}/`, ''));
  }
  return [];
}

describe('where a value comes from', () => {
  test('the defaults of a profile lie under the file and the environment', () => {
    const file = join(directory, 'profile.yaml');
    writeFileSync(file, 'profile: small\nlimits: { ratio: 0.1 }');
    const { config } = loadConfig({
      schema: schema.extend({ profile: z.string().optional() }),
      file,
      env: { TRIBUTARY_PARTITIONS: '7' },
      prefix: 'TRIBUTARY',
      profiles: { small: { partitions: 4, limits: { ratio: 0.2, maxPacketBytes: 50 }, classes: { a: 1 } } },
    });
    expect(config).toMatchObject({
      partitions: 7,
      limits: { ratio: 0.1, maxPacketBytes: 50, keepAliveRequired: false },
      classes: { a: 1 },
    });
  });

  test('defaults stand when neither file nor environment say otherwise', () => {
    const { config, warnings } = load(undefined);
    expect(config.limits).toEqual({
      maxPacketBytes: 100,
      keepAliveRequired: false,
      ratio: 0.5,
      mode: 'enforce',
    });
    expect(warnings).toEqual([]);
  });

  test('a file wins over defaults, and the environment over the file', () => {
    const { config } = load('limits: { maxPacketBytes: 7, ratio: 0.1 }', {
      TRIBUTARY_LIMITS_MAX_PACKET_BYTES: '9',
    });
    expect(config.limits).toMatchObject({ maxPacketBytes: 9, ratio: 0.1 });
  });

  test('JSON is read as well, tabs and all', () => {
    expect(load('{\n\t"limits": {\n\t\t"maxPacketBytes": 8\n\t}\n}').config.limits.maxPacketBytes).toBe(8);
  });

  test('an empty file and an empty section have their defaults', () => {
    expect(load('').config.partitions).toBe(16);
    expect(load('# nothing\n').config.partitions).toBe(16);
    expect(load('limits:\n  # maxPacketBytes: 3\n').config.limits.maxPacketBytes).toBe(100);
  });

  test('aliases share a value in the file and stay apart under the environment', () => {
    const text = 'limits: &shared { maxPacketBytes: 5 }\nclasses: { bulk: 1 }\nlisteners: []\n';
    expect(load(text, { TRIBUTARY_LIMITS_RATIO: '0.25' }).config.limits).toMatchObject({
      maxPacketBytes: 5,
      ratio: 0.25,
    });
  });

  test('the result cannot be changed at any depth', () => {
    const { config } = load('listeners: [{ name: a, port: 1 }]');
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.limits)).toBe(true);
    expect(Object.isFrozen(config.listeners[0])).toBe(true);
  });
});

describe('environment variables', () => {
  test('are turned into the type of their option', () => {
    const { config } = load(undefined, {
      TRIBUTARY_LIMITS_MAX_PACKET_BYTES: ' 12 ',
      TRIBUTARY_LIMITS_RATIO: '0.75',
      TRIBUTARY_LIMITS_MODE: 'observe',
      TRIBUTARY_REDIS_URL: 'redis://other',
      TRIBUTARY_LISTENERS: '[{"name":"a","port":1}]',
      TRIBUTARY_CLASSES: '{"bulk":2}',
    });
    expect(config).toMatchObject({
      limits: { maxPacketBytes: 12, ratio: 0.75, mode: 'observe' },
      redis: { url: 'redis://other' },
      listeners: [{ name: 'a', port: 1 }],
      classes: { bulk: 2 },
    });
  });

  test.each([
    ['true', true],
    ['1', true],
    ['TRUE', true],
    ['false', false],
    ['0', false],
  ])('booleans are true or 1, false or 0: %s', (text, value) => {
    expect(
      load(undefined, { TRIBUTARY_LIMITS_KEEP_ALIVE_REQUIRED: text }).config.limits.keepAliveRequired,
    ).toBe(value);
  });

  test('an empty variable counts as unset', () => {
    expect(load('partitions: 3', { TRIBUTARY_PARTITIONS: '' }).config.partitions).toBe(3);
  });

  test.each([
    [
      'TRIBUTARY_LIMITS_MAX_PACKET_BYTES',
      '64k',
      'limits.maxPacketBytes must be a whole number from 1 to 1000 (got "64k" in TRIBUTARY_LIMITS_MAX_PACKET_BYTES)',
    ],
    [
      'TRIBUTARY_LIMITS_MAX_PACKET_BYTES',
      '0x10',
      'limits.maxPacketBytes must be a whole number from 1 to 1000 (got "0x10" in TRIBUTARY_LIMITS_MAX_PACKET_BYTES)',
    ],
    [
      'TRIBUTARY_LIMITS_MAX_PACKET_BYTES',
      '1.5',
      'limits.maxPacketBytes must be a whole number from 1 to 1000 (got 1.5 in TRIBUTARY_LIMITS_MAX_PACKET_BYTES)',
    ],
    [
      'TRIBUTARY_LIMITS_KEEP_ALIVE_REQUIRED',
      'yes',
      'limits.keepAliveRequired must be true or false (got "yes" in TRIBUTARY_LIMITS_KEEP_ALIVE_REQUIRED)',
    ],
    [
      'TRIBUTARY_LIMITS_MODE',
      'off',
      'limits.mode must be one of observe, enforce (got "off" in TRIBUTARY_LIMITS_MODE)',
    ],
    [
      'TRIBUTARY_LISTENERS',
      '[{"name":',
      'TRIBUTARY_LISTENERS must be a list, written as JSON, and is no JSON',
    ],
    ['TRIBUTARY_LISTENERS', '{}', 'listeners must be a list (got a section in TRIBUTARY_LISTENERS)'],
    [
      'TRIBUTARY_LISTENERS',
      '[{"name":"a","prot":1}]',
      'listeners[0].port is missing; it must be a whole number up to 65535 (TRIBUTARY_LISTENERS)',
    ],
  ])('%s=%s is refused by name', (name, value, message) => {
    expect(problems(undefined, { [name]: value })).toContain(message);
  });

  test('an unknown one is warned of with the nearest, others are left alone', () => {
    const env = {
      TRIBUTARY_LIMITS_MAX_PACKET_BYTE: '1',
      TRIBUTARY_WHATEVER: '1',
      TRIBUTARY_TEST_REDIS: '1',
      TRIBUTARY_CONFIG: 'x',
      OTHER: '1',
    };
    expect(load(undefined, env, ['TRIBUTARY_TEST_*', 'TRIBUTARY_CONFIG']).warnings).toEqual([
      'unknown variable TRIBUTARY_LIMITS_MAX_PACKET_BYTE, ignored; did you mean TRIBUTARY_LIMITS_MAX_PACKET_BYTES?',
      'unknown variable TRIBUTARY_WHATEVER, ignored',
    ]);
  });
});

describe('wrong configurations', () => {
  test.each([
    [
      'limits:\n  maxPacketByte: 3',
      'unknown key limits.maxPacketByte; did you mean limits.maxPacketBytes? (node.yaml:2)',
    ],
    [
      'max_packet_bytes: 3',
      'unknown key max_packet_bytes; did you mean limits.maxPacketBytes? (node.yaml:1)',
    ],
    ['redisUrl: x', 'unknown key redisUrl; did you mean redis.url? (node.yaml:1)'],
    ['redis.url: x', 'unknown key ["redis.url"]; did you mean redis.url? (node.yaml:1)'],
    ['a: 1\nelephants: 3', 'unknown key elephants (node.yaml:2)'],
    ['__proto__: { polluted: 1 }', 'unknown key __proto__ (node.yaml:1)'],
    ['constructor: 1', 'unknown key constructor (node.yaml:1)'],
    [
      'listeners:\n  - name: a\n    port: 1\n    prot: 2',
      'unknown key listeners[0].prot; did you mean listeners[0].port? (node.yaml:4)',
    ],
    ['partitions: 65', 'partitions must be a whole number from 1 to 64 (got 65 in node.yaml:1)'],
    ['partitions:', 'partitions must be a whole number from 1 to 64 (got nothing in node.yaml:1)'],
    [
      'limits:\n  keepAliveRequired: yes',
      'limits.keepAliveRequired must be true or false (got "yes" in node.yaml:2)',
    ],
    ['limits: 3', 'limits must be a section with keys of its own (got 3 in node.yaml:1)'],
    [
      'listeners:\n  - name: a',
      'listeners[0].port is missing; it must be a whole number up to 65535 (node.yaml:2)',
    ],
    ['- 1', 'the configuration must be a section with keys of its own (got a list of 1 in node.yaml:1)'],
    [
      '3',
      'the configuration must be a section with keys of its own (got a value not shown here in node.yaml:1)',
    ],
    [
      'a: [1',
      'node.yaml:1: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['partitions: 1\npartitions: 2', 'node.yaml:2: Map keys must be unique'],
    [
      'a: 1\n---\nb: 2',
      'node.yaml:2: Source contains multiple documents; please use YAML.parseAllDocuments()',
    ],
    [
      'a: 1\nb: *nowhere',
      'node.yaml:2: an alias (*name) names no anchor before it, or aliases repeat too much',
    ],
    ['partitions: !odd 3', 'node.yaml:1: Unresolved tag'],
  ])('%j is refused with its place', (text, message) => {
    expect(problems(text)).toContain(message);
  });

  test('everything wrong is told at once, file and environment alike', () => {
    const text = 'limits: { maxPacketBytes: 0, ratio: 2 }\nwhat: 1';
    expect(problems(text, { TRIBUTARY_PARTITIONS: 'many', TRIBUTARY_LISTENERS: '[' })).toHaveLength(5);
  });

  test('an error carries a stable code and the path of each problem', () => {
    expect(() => load('limits: { ratio: 2 }')).toThrow(
      expect.objectContaining({
        code: 'config-invalid',
        problems: [expect.objectContaining({ path: 'limits.ratio' })],
      }),
    );
  });

  test('a section that is no section in the file is refused, not overwritten by the environment', () => {
    expect(problems('limits: 3', { TRIBUTARY_LIMITS_RATIO: '0.5' })).toHaveLength(1);
  });

  test('aliases that multiply are refused', () => {
    const levels = Array.from(
      { length: 12 },
      (_, n) => `k${n + 1}: &k${n + 1} [${`*k${n},`.repeat(9)}*k${n}]`,
    );
    expect(problems(`k0: &k0 [1]\n${levels.join('\n')}`)[0]).toContain('aliases repeat too much');
  });

  test('a file that is not there, or is a directory, is named', () => {
    const missing = join(directory, 'missing.yaml');
    expect(() => loadConfig({ schema, file: missing, env: {}, prefix: 'X' })).toThrow(
      /cannot be read: ENOENT.*missing\.yaml/,
    );
    expect(() => loadConfig({ schema, file: directory, env: {}, prefix: 'X' })).toThrow(
      /cannot be read: EISDIR/,
    );
  });
});

test.each([
  ['redis: { url: "hunter2" }', {}],
  ['redis: { url: [hunter2] }', {}],
  ['redis: { url: 1, replyTimeoutMs: "redis://u:hunter2@h" }', {}],
  ['redis: "redis://u:hunter2@h"', {}],
  ['redis:\n  url: "redis://u:"hunter2@h"', {}],
  ['redis:\n  url: *hunter2', {}],
  ['redis:\n  url: !hunter2 x', {}],
  ['redis: { "redis://u:hunter2@h" }', {}],
  ['- "redis://u:hunter2@h"', {}],
  ['"redis://u:hunter2@h"', {}],
  [undefined, { TRIBUTARY_REDIS_URL: '//hunter2' }],
  [undefined, { TRIBUTARY_PARTITIONS: 'redis://u:hunter2@h' }],
  [undefined, { TRIBUTARY_LISTENERS: '[{"password":"hunter2' }],
])('a password never appears in a problem: %j %j', (text, env) => {
  const told = problems(text, env);
  expect(told).not.toEqual([]);
  expect(told.join()).not.toContain('hunter2');
});
