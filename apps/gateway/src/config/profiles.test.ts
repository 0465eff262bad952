import { listOptions } from '@tributary/runtime';
import { expect, test } from 'vitest';
import { profileDefaults, profileNames } from './profiles.ts';
import { gatewaySchema } from './schema.ts';
import { loadGatewayConfig } from './config.ts';

const load = (env: Record<string, string>) =>
  loadGatewayConfig({ env: { TRIBUTARY_NODE_ID: 'gw-1', ...env } }).config;
const at = (tree: unknown, key: string): unknown =>
  key
    .split('.')
    .reduce<unknown>((inner, step) => (inner as Record<string, unknown> | undefined)?.[step], tree);

test.each(profileNames)('%s sets what its table says, and only that', (name) => {
  const config = load({ TRIBUTARY_PROFILE: name });
  const usual = load({});
  const set = Object.fromEntries(profileDefaults[name].map(({ key, value }) => [key, value]));
  for (const { path } of listOptions(gatewaySchema, '').filter((option) => !option.path.includes('['))) {
    if (path !== 'profile') expect([path, at(config, path)]).toEqual([path, set[path] ?? at(usual, path)]);
  }
});

test.each(profileNames)('every default of %s differs from the usual one', (name) => {
  for (const { key, value } of profileDefaults[name]) expect(at(load({}), key), key).not.toBe(value);
});

test('what the file or the environment says wins over the profile', () => {
  const { queues } = load({ TRIBUTARY_PROFILE: 'lossless', TRIBUTARY_QUEUES_MAX_MESSAGES: '7' });
  expect(queues).toMatchObject({ maxMessages: 7, policy: 'reject' });
});

test('a profile nobody knows is refused by name', () => {
  expect(() => load({ TRIBUTARY_PROFILE: 'fast' })).toThrow(/profile must be one of telemetry/);
});
