import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { configTemplate, type TemplateSchema } from './config-template.ts';

const schema: TemplateSchema = {
  properties: {
    profile: { type: 'string', enum: ['lossless', 'telemetry'], description: 'Defaults to begin with.' },
    redis: {
      description: 'The store.',
      default: {},
      properties: {
        url: { type: 'string', default: 'redis://h', description: 'Where it is.' },
        note: { type: 'string', default: '' },
      },
      type: 'object',
    },
    listeners: {
      type: 'array',
      default: [
        { name: 'a', port: 1 },
        { name: 'b', port: 2 },
      ],
      items: {
        properties: {
          name: { type: 'string', description: 'Names it.' },
          port: { type: 'integer', minimum: 0 },
          origins: { type: 'array', items: { type: 'string' }, default: [] },
          tls: { type: 'object', properties: { certFile: { type: 'string', examples: ['/tls.crt'] } } },
        },
      },
    },
    chain: {
      type: 'array',
      default: [],
      items: {
        oneOf: [
          { properties: { type: { const: 'users' }, file: { type: 'string', examples: ['users'] } } },
          { properties: { type: { const: 'jwt' }, leewaySeconds: { type: 'integer', default: 5 } } },
        ],
      },
    },
  },
};

test('with defaults, every key that has one is set, and every other is there as a comment', () => {
  expect(configTemplate({ schema, setsDefaults: true })).toBe(`# Defaults to begin with.
#profile: lossless

# The store.
redis:
  # Where it is.
  url: redis://h
  note: ''

listeners:
  # Names it.
  - name: a
    port: 1
    origins: []
    #tls:
    #  certFile: /tls.crt
  - name: b
    port: 2

chain: []
#chain:
#  - type: users
#    file: users
#  - type: jwt
#    leewaySeconds: 5
`);
});

test('without, only what is given is set', () => {
  const text = configTemplate({
    schema,
    setsDefaults: false,
    given: { redis: { url: 'redis://other' }, chain: [{ type: 'jwt', leewaySeconds: 1 }] },
  });
  expect(parse(text)).toEqual({
    redis: { url: 'redis://other' },
    chain: [{ type: 'jwt', leewaySeconds: 1 }],
  });
  expect(text).toContain("\n  #note: ''\n");
  expect(text).toContain('\n#listeners:\n');
});

test('uncommented line by line, it is the configuration it tells of', () => {
  const text = configTemplate({ schema, setsDefaults: false });
  expect(parse(text)).toBeNull();
  const uncommented = text.replaceAll(/^( *)#(?! \S)/gm, '$1');
  expect(parse(uncommented)).toMatchObject({
    redis: { url: 'redis://h' },
    listeners: [{ name: 'TEXT', tls: { certFile: '/tls.crt' } }],
    chain: [{ type: 'users' }, { type: 'jwt' }],
  });
});

test('a long description is wrapped', () => {
  const long: TemplateSchema = { properties: { a: { default: 1, description: 'word '.repeat(100) } } };
  const lines = configTemplate({ schema: long, setsDefaults: true }).split('\n');
  expect(lines.length).toBeGreaterThan(4);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(110);
});
