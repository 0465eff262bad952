import { expect, test } from 'vitest';
import { readAdminConfig } from './config.ts';

test('defaults listen on loopback', () => {
  expect(readAdminConfig({}).config.admin).toMatchObject({ host: '127.0.0.1', port: 18083 });
});

test.each(['0.0.0.0', '::', '192.168.1.4', 'example.org', '127.0.0.1.example.org'])(
  'refuses to listen on %s while there is no login, and says why',
  (host) => {
    expect(() => readAdminConfig({ TRIBUTARY_ADMIN_HOST: host })).toThrow(/admin\.host.*no login/s);
  },
);

test("the gateway's variables are no mistake of the admin's", () => {
  const env = {
    TRIBUTARY_LISTENERS: '[]',
    TRIBUTARY_LIMITS_MAX_PACKET_BYTES: '1',
    TRIBUTARY_NODE_ID: 'gw-1',
  };
  expect(readAdminConfig(env).warnings).toEqual([]);
  expect(readAdminConfig({ TRIBUTARY_ADMIN_PROT: '1' }).warnings).toHaveLength(1);
});

test('a Redis URL of another kind is refused', () => {
  expect(() => readAdminConfig({ TRIBUTARY_REDIS_URL: 'http://127.0.0.1' })).toThrow(/redis\.url/);
});
