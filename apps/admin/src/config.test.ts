import { expect, test } from 'vitest';
import { readAdminConfig } from './config.ts';

test('defaults listen on loopback', () => {
  expect(readAdminConfig({}).config.admin).toMatchObject({ host: '127.0.0.1', port: 18083 });
});

const others = ['0.0.0.0', '::', '192.168.1.4', 'example.org', '127.0.0.1.example.org'];

test.each(others)('refuses to serve other machines on %s without TLS, and says what to do', (host) => {
  expect(() => readAdminConfig({ TRIBUTARY_ADMIN_HOST: host })).toThrow(
    /admin\.host.*admin\.tls.*admin\.plainHttp/s,
  );
});

test.each([
  { TRIBUTARY_ADMIN_PLAIN_HTTP: 'true' },
  { TRIBUTARY_ADMIN_TLS_CERT_FILE: 'cert.pem', TRIBUTARY_ADMIN_TLS_KEY_FILE: 'key.pem' },
])('serves other machines when told how: %o', (env) => {
  expect(readAdminConfig({ TRIBUTARY_ADMIN_HOST: '0.0.0.0', ...env }).config.admin.host).toBe('0.0.0.0');
});

test.each([
  ['TRIBUTARY_ADMIN_PUBLIC_ORIGINS', '["https://fleet.example.org/"]', /publicOrigins/],
  ['TRIBUTARY_ADMIN_PUBLIC_ORIGINS', '["*"]', /publicOrigins/],
  ['TRIBUTARY_ADMIN_TRUSTED_PROXIES', '["10.0.0.0/33"]', /trustedProxies/],
  ['TRIBUTARY_ADMIN_TRUSTED_PROXIES', '["true"]', /trustedProxies/],
  ['TRIBUTARY_ADMIN_TLS_CERT_FILE', 'cert.pem', /keyFile/],
])('refuses %s=%s', (name, value, fault) => {
  expect(() => readAdminConfig({ [name]: value })).toThrow(fault);
});

test('a first password that is too short is refused without being shown', () => {
  const read = () => readAdminConfig({ TRIBUTARY_ADMIN_FIRST_PASSWORD: 'hunter2' });
  expect(read).toThrow(/admin\.firstPassword/);
  expect(read).not.toThrow(/hunter2/);
});

test("the gateway's variables are no mistake of the admin's", () => {
  const env = {
    TRIBUTARY_LISTENERS: '[]',
    TRIBUTARY_LIMITS_MAX_PACKET_BYTES: '1',
    TRIBUTARY_NODE_ID: 'gw-1',
    TRIBUTARY_QUALITY_HISTORY_LENGTH: '10',
    TRIBUTARY_DEVICES_ACCEPT_TAGS: 'false',
    TRIBUTARY_MQTT_RETAIN_AVAILABLE: 'false',
    TRIBUTARY_QUEUES_MAX_BYTES: '1',
    TRIBUTARY_RETAINED_MAX_MESSAGES: '1',
    TRIBUTARY_ACCESS_REFUSAL: 'unspecified',
  };
  expect(readAdminConfig(env).warnings).toEqual([]);
  expect(readAdminConfig({ TRIBUTARY_ADMIN_PROT: '1' }).warnings).toHaveLength(1);
});

test('a Redis URL of another kind is refused', () => {
  expect(() => readAdminConfig({ TRIBUTARY_REDIS_URL: 'http://127.0.0.1' })).toThrow(/redis\.url/);
});
