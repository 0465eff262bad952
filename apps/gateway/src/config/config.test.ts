import { ConfigError, type Environment } from '@tributary/runtime';
import { describe, expect, test } from 'vitest';
import { nodeIdOf } from './schema.ts';
import { loadGatewayConfig, printGatewayConfig } from './config.ts';

/** Loads what the environment says; lists are given as values. */
function load(settings: Record<string, unknown> = {}) {
  const env: Environment = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      `TRIBUTARY_${name}`,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
  return loadGatewayConfig({ env });
}

function problems(settings: Record<string, unknown>): string[] {
  try {
    load(settings);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ message }) => message);
  }
  return [];
}

const mqtt = { name: 'mqtt', protocol: 'mqtt', host: '127.0.0.1', port: 0 };
const readable = new URL(import.meta.url).pathname;
const tls = { certFile: readable, keyFile: readable };

describe('defaults', () => {
  test('a node needs no configuration: it listens for MQTT and WebSocket on loopback', () => {
    const { config } = load();
    expect(
      config.listeners.map(({ name, protocol, host, port }) => ({ name, protocol, host, port })),
    ).toEqual([
      { name: 'mqtt', protocol: 'mqtt', host: '127.0.0.1', port: 1883 },
      { name: 'ws', protocol: 'ws', host: '127.0.0.1', port: 8083 },
    ]);
    expect(config).toMatchObject({ partitions: 16, workers: 1, ops: { host: '127.0.0.1', port: 9464 } });
  });

  test('all of it is frozen', () => {
    const { config } = load();
    expect(Object.isFrozen(config.limits) && Object.isFrozen(config.listeners[0])).toBe(true);
  });

  test.each([
    ['gw-1', 'gw-1'],
    ['gw-1.example.com', 'gw-1'],
    ['Größe', 'Gr--e'],
    ['', 'gateway'],
    ['x'.repeat(100), 'x'.repeat(64)],
  ])('the node id comes from the host name: %s → %s', (host, id) => {
    expect(nodeIdOf(host)).toBe(id);
  });
});

describe('who may connect', () => {
  test('without an authenticator a node listens on loopback only, and says so', () => {
    expect(load().warnings).toEqual([expect.stringContaining('on loopback addresses only')]);
  });

  test.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', 'localhost', 'LOCALHOST'])(
    '%s is loopback',
    (host) => {
      expect(problems({ LISTENERS: [{ ...mqtt, host }] })).toEqual([]);
    },
  );

  test.each([
    '0.0.0.0',
    '::',
    '10.0.0.1',
    'gw.example.com',
    'localhost.example.com',
    '0',
    '127.1',
    '::ffff:10.0.0.1',
  ])('anonymous devices on %s refuse the start', (host) => {
    expect(problems({ LISTENERS: [mqtt, { ...mqtt, name: 'open', host }] })).toEqual([
      expect.stringMatching(/^listeners\[1\]\.host must be a loopback address.*auth\.anonymousPublic: true/),
    ]);
  });

  test('auth.anonymousPublic accepts any address, with a warning', () => {
    const { warnings } = load({ LISTENERS: [{ ...mqtt, host: '0.0.0.0' }], AUTH_ANONYMOUS_PUBLIC: '1' });
    expect(warnings).toEqual([
      expect.stringContaining('anyone who reaches a listener may act as any device'),
    ]);
  });

  test('the address of the ops server is not concerned', () => {
    expect(problems({ OPS_HOST: '0.0.0.0' })).toEqual([]);
  });
});

describe('listeners', () => {
  test.each([
    ['the same name twice', [mqtt, mqtt], 'listeners[1].name must differ from listeners[0].name'],
    [
      'mqtts without a certificate',
      [{ ...mqtt, protocol: 'mqtts' }],
      'listeners[0].tls is missing; protocol mqtts needs it',
    ],
    [
      'wss without a certificate',
      [{ ...mqtt, protocol: 'wss' }],
      'listeners[0].tls is missing; protocol wss needs it',
    ],
    [
      'a certificate that would not be used',
      [{ ...mqtt, tls }],
      'listeners[0].tls is set, but protocol mqtt does not encrypt; use mqtts',
    ],
    [
      'origins without WebSocket',
      [{ ...mqtt, allowedOrigins: ['*'] }],
      'listeners[0].allowedOrigins is set, but protocol mqtt knows no origins',
    ],
    [
      'an origin with a path',
      [{ ...mqtt, protocol: 'ws', allowedOrigins: ['https://a/b'] }],
      'listeners[0].allowedOrigins[0] must be an origin',
    ],
    [
      'a protocol nobody speaks',
      [{ ...mqtt, protocol: 'coap' }],
      'listeners[0].protocol must be one of mqtt, mqtts, ws, wss',
    ],
    [
      'a port too high',
      [{ ...mqtt, port: 65_536 }],
      'listeners[0].port must be a whole number from 0 to 65535',
    ],
    ['no port', [{ name: 'a', protocol: 'mqtt' }], 'listeners[0].port is missing'],
    [
      'an address in brackets',
      [{ ...mqtt, host: '[::1]' }],
      'listeners[0].host must be an IP address or a host name',
    ],
    ['an odd name', [{ ...mqtt, name: 'a b' }], 'listeners[0].name must be 1 to 32 letters'],
    [
      'a misspelt key',
      [{ ...mqtt, maxConnection: 1 }],
      'unknown key listeners[0].maxConnection; did you mean listeners[0].maxConnections?',
    ],
    ['no listener at all', [], 'listeners must be a list of 1 to 64'],
  ])('%s is refused', (_, listeners, message) => {
    expect(problems({ LISTENERS: listeners })).toContainEqual(expect.stringContaining(message));
  });

  test('a certificate that cannot be read is refused before the start', () => {
    const listeners = [{ ...mqtt, protocol: 'mqtts', tls: { ...tls, keyFile: '/nowhere/tls.key' } }];
    expect(problems({ LISTENERS: listeners })).toEqual([
      expect.stringMatching(/^listeners\[0\]\.tls\.keyFile must be a file this process may read \(ENOENT/),
    ]);
  });

  test('TLS listeners with their files are accepted', () => {
    const { config } = load({ LISTENERS: [{ ...mqtt, protocol: 'mqtts', tls }] });
    expect(config.listeners[0]?.tls).toMatchObject(tls);
  });
});

describe('other options', () => {
  test.each([
    [{ WORKERS: '2' }, 'workers must be 1 for now'],
    [{ NODE_ID: 'a b' }, 'node.id must be 1 to 64 letters'],
    [{ NODE_ID: 'x'.repeat(65) }, 'node.id must be 1 to 64 letters'],
    [{ REDIS_NAMESPACE: 'Fleet' }, 'redis.namespace must be 1 to 32 lower-case letters'],
    [{ REDIS_URL: 'http://host' }, 'redis.url must be a redis:// or rediss:// URL'],
    [{ REDIS_URL: 'localhost:6379' }, 'redis.url must be a redis:// or rediss:// URL'],
    [{ REDIS_URL: 'redis://' }, 'redis.url must be a redis:// or rediss:// URL'],
    [{ PARTITIONS: '0' }, 'partitions must be a whole number from 1 to 4096'],
    [{ LOG_LEVEL: 'loud' }, 'log.level must be one of fatal, error'],
    [
      { UPLINK_LOW_MARK_BYTES: '67108864' },
      'uplink.lowMarkBytes must be less than uplink.highMarkBytes, which is 67108864',
    ],
    [
      { UPLINK_HIGH_MARK_BYTES: '65536' },
      'uplink.lowMarkBytes must be less than uplink.highMarkBytes, which is 65536',
    ],
    [{ LIMITS_MAX_INFLIGHT_UP: '65536' }, 'limits.maxInflightUp must be a whole number from 1 to 65535'],
  ])('%j is refused', (settings, message) => {
    expect(problems(settings)).toContainEqual(expect.stringContaining(message));
  });

  test('rules between options are checked even when something else is wrong, so all is told at once', () => {
    const told = problems({
      LISTENERS: [{ ...mqtt, host: '0.0.0.0', port: -1 }, 3, { ...mqtt, protocol: 'wss' }],
      UPLINK_LOW_MARK_BYTES: '99999999',
      UPLINK_MAX_FLUSH_BYTES: 'big',
    });
    expect(told.map((message) => message.split(' ', 1)[0])).toEqual([
      'listeners[0].port',
      'listeners[1]',
      'listeners[2].tls',
      'listeners[2].name',
      'uplink.maxFlushBytes',
      'uplink.lowMarkBytes',
      'listeners[0].host',
    ]);
  });

  test('variables of other programs are no mistake', () => {
    const others = { ADMIN_PORT: '1', TEST_X: '1', DEMO_DEVICES: '1', REDIS_SERVER: 'x', PARENT_WATCH: '1' };
    expect(load(others).warnings).toHaveLength(1);
    expect(load({ LOG_LEVL: 'debug' }).warnings[0]).toContain('did you mean TRIBUTARY_LOG_LEVEL?');
  });

  test('the printed configuration masks the password of Redis', () => {
    const printed = printGatewayConfig(load({ REDIS_URL: 'redis://u:hunter2@h:1' }).config);
    expect(printed).toContain('url: redis://u:***@h:1');
    expect(printed).not.toContain('hunter2');
  });
});
