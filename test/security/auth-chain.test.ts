import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import mqtt, { type ErrorWithReasonCode, type IClientOptions, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { AuthFiles } from '../support/auth-files.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { PlainDevice } from '../support/plain.ts';
import { connectPacket, RawMqtt, type Version } from '../support/raw-mqtt.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { keys } from '../support/streams.ts';
import { until } from '../support/until.ts';

const files = new AuthFiles();
const later = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;
let redis: RedisServer;
let gateway: Gateway;
let hook: Server;
/** Questions to the webhook. */
const asked: { user?: string; password?: string }[] = [];

beforeAll(async () => {
  await files.writeUsers({ ann: 'right', bob: 'builder' });
  hook = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const question = JSON.parse(body) as { user?: string; clientId: string };
      asked.push(question);
      const isKnown = question.user === 'hooked';
      response.end(
        JSON.stringify(isKnown ? { result: 'allow', clientId: question.clientId } : { result: 'ignore' }),
      );
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  redis = await startRedis();
  const chain = [
    { type: 'jwt', secretFile: files.secret, audience: ['fleet'], clientIdClaim: 'device' },
    { type: 'users', file: files.users },
    { type: 'webhook', url: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/` },
  ];
  gateway = await startGateway({
    redisUrl: redis.url,
    config: {
      listeners: [
        { name: 'mqtt', protocol: 'mqtt', host: '127.0.0.1', port: 0 },
        { name: 'ws', protocol: 'ws', host: '127.0.0.1', port: 0 },
        { name: 'inner', protocol: 'mqtt', host: '127.0.0.1', port: 0, auth: ['anonymous', 'users'] },
      ],
      auth: { anonymous: false, binding: 'prefix', chain },
      // Bans of those who fail are tested by themselves.
      flapping: { failedAuthentications: { mode: 'off' } },
    },
  });
});
afterAll(async () => {
  expect(await gateway?.stop()).toBe(0);
  expect(gateway.log().filter(({ level }) => level >= 50)).toEqual([]);
  await redis?.stop();
  hook?.close();
  files.remove();
});

interface Shows {
  clientId: string;
  username?: string;
  password?: string;
}

/** The client once it is in, or the code it is refused with. */
async function connect(version: Version, shows: Shows): Promise<MqttClient | number> {
  const options: IClientOptions = {
    ...shows,
    protocolVersion: version,
    reconnectPeriod: 0,
    connectTimeout: 30_000,
  };
  const client = mqtt.connect(gateway.mqttUrl, options);
  onTestFinished(() => void client.end(true));
  client.on('error', () => undefined); // of a socket that ends behind its answer
  return new Promise((resolve) => {
    client.once('connect', () => resolve(client));
    client.once('error', (error) => resolve((error as ErrorWithReasonCode).code as number));
  });
}

/** The close code a plain device is refused with, and the reason it is told; 0 when it is let in. */
async function hello({ clientId, username: user, password }: Shows): Promise<[number, unknown]> {
  const device = await PlainDevice.open(gateway.wsUrl('/ws'));
  onTestFinished(() => device.socket.terminate());
  device.send({ type: 'hello', clientId, cleanStart: true, expiry: 0, keepAlive: 60, user, password });
  await until('an answer', () => device.frames.length > 0);
  if (device.welcome !== undefined) return [0, 'welcome'];
  return [await device.end(), device.frames[0]?.['code']];
}

const token = (claims: object = {}): string =>
  files.token({ sub: 'idp-user', device: 'pump-9', aud: 'fleet', exp: later(600), ...claims });

const cases: readonly (readonly [
  words: string,
  shows: Shows,
  v5: number,
  v4: number,
  ws: number,
  reason: string,
])[] = [
  [
    'a user with the right password',
    { clientId: 'ann', username: 'ann', password: 'right' },
    0,
    0,
    0,
    'welcome',
  ],
  [
    'a user with a client id below its own',
    { clientId: 'ann:2', username: 'ann', password: 'right' },
    0,
    0,
    0,
    'welcome',
  ],
  [
    'a wrong password',
    { clientId: 'ann', username: 'ann', password: 'wrong' },
    0x86,
    4,
    4401,
    'bad-credentials',
  ],
  ['a user without a password', { clientId: 'ann', username: 'ann' }, 0x86, 4, 4401, 'bad-credentials'],
  [
    'a user nobody knows',
    { clientId: 'eve', username: 'eve', password: 'x' },
    0x86,
    4,
    4401,
    'bad-credentials',
  ],
  ['nothing at all', { clientId: 'eve' }, 0x87, 5, 4403, 'not-authorized'],
  [
    'the id of somebody else',
    { clientId: 'bob', username: 'ann', password: 'right' },
    0x87,
    5,
    4403,
    'not-authorized',
  ],
  ['a token', { clientId: 'pump-9', username: 'x', password: token() }, 0, 0, 0, 'welcome'],
  [
    'a token of another device',
    { clientId: 'pump-8', username: 'x', password: token() },
    0x87,
    5,
    4403,
    'not-authorized',
  ],
  [
    'an expired token',
    { clientId: 'pump-9', username: 'x', password: token({ exp: later(-60) }) },
    0x87,
    5,
    4403,
    'not-authorized',
  ],
  [
    'a token that is not valid yet',
    { clientId: 'pump-9', username: 'x', password: token({ nbf: later(600) }) },
    0x87,
    5,
    4403,
    'not-authorized',
  ],
  [
    'a token for others',
    { clientId: 'pump-9', username: 'x', password: token({ aud: 'other' }) },
    0x87,
    5,
    4403,
    'not-authorized',
  ],
  [
    'a token nobody signed',
    {
      clientId: 'pump-9',
      username: 'x',
      password: files.token({ sub: 'a', device: 'pump-9' }, { alg: 'none' }),
    },
    0x86,
    4,
    4401,
    'bad-credentials',
  ],
  ['whom the webhook knows', { clientId: 'hooked-1', username: 'hooked', password: 'x' }, 0, 0, 0, 'welcome'],
];

describe.each(cases)('%s', (_, shows, v5, v4, ws, reason) => {
  test.each([
    [5, v5],
    [4, v4],
  ] as const)('over MQTT %s: CONNACK %s', async (version, code) => {
    const answer = await connect(version, shows);
    expect(typeof answer === 'number' ? answer : 0).toBe(code);
  });

  test(`over WebSocket: ${ws} ${reason}`, async () => {
    expect(await hello(shows)).toEqual([ws, reason]);
  });
});

test('the chain is asked in order: whom the users file knows the webhook never hears of', () => {
  expect(asked.some(({ user }) => user === 'eve')).toBe(true);
  expect(asked.some(({ user, password }) => user === 'x' || (user === 'ann' && password !== undefined))).toBe(
    false,
  );
});

test('a listener may ask others, and let in who shows nothing', async () => {
  const codeAt = async (username?: string, password?: string): Promise<number | undefined> => {
    const client = await RawMqtt.tcp(gateway.port('inner'));
    onTestFinished(() => client.drop());
    const shows = username === undefined ? {} : { username, password: Buffer.from(password ?? '') };
    client.send(connectPacket(username ?? freshId(), 5, shows));
    return (await client.take('connack')).reasonCode;
  };
  expect([await codeAt(), await codeAt('ann', 'right'), await codeAt('ann', 'wrong')]).toEqual([0, 0, 0x86]);
  expect(await codeAt('hooked', 'x')).toBe(0x86);
});

test('a device that asks for an id gets its own', async () => {
  const client = await RawMqtt.tcp(gateway.port('mqtt'));
  onTestFinished(() => client.drop());
  client.send(connectPacket('', 5, { username: 'bob', password: Buffer.from('builder') }));
  const connack = await client.take('connack');
  expect([connack.reasonCode, connack.properties?.assignedClientIdentifier]).toEqual([0, 'bob']);
});

test('the record of a device somebody vouches for is kept for a month', async () => {
  const client = await connect(5, { clientId: 'ann:month', username: 'ann', password: 'right' });
  await (client as MqttClient).endAsync();
  const partition = keys.partitionOf('ann:month');
  const record = keys.device(partition, 'ann:month');
  await until('the record to expire some day', async () => (await redis.client.ttl(record)) > 29 * 86_400);
});

test.each([5, 4] as const)('a session of MQTT %s ends when its token does, and no later', async (version) => {
  const clientId = freshId('short');
  const client = await RawMqtt.tcp(gateway.port('mqtt'), version);
  onTestFinished(() => client.drop());
  // With the tolerance for clocks it ends 5 s after `exp`: two or three from here.
  const password = Buffer.from(token({ device: clientId, exp: later(-2) }));
  client.send(connectPacket(clientId, version, { username: 'x', password }));
  expect(RawMqtt.codeOf(await client.take('connack'))).toBe(0);
  const { disconnect } = await client.end();
  if (version === 5) expect(disconnect?.reasonCode).toBe(0x87);
});

test('a user taken out of the file is let go, and let in no more', async () => {
  await files.writeUsers({ ann: 'right', bob: 'builder', temp: 'x' });
  const shows = { clientId: freshId('temp').replace('-', ':'), username: 'temp', password: 'x' };
  await until('the new user to be known', async () => typeof (await connect(5, shows)) !== 'number', {
    everyMs: 100,
  });
  const client = (await connect(5, shows)) as MqttClient;
  const ended = new Promise((resolve) => client.once('disconnect', (packet) => resolve(packet.reasonCode)));
  await files.writeUsers({ ann: 'right', bob: 'builder' });
  expect(await ended).toBe(0x87);
  expect(await connect(5, shows)).toBe(0x86);
});

test('passwords larger than any, and those who try many, cost one line each and no secret', async () => {
  const client = await RawMqtt.tcp(gateway.port('mqtt'));
  onTestFinished(() => client.drop());
  client.send(connectPacket('ann', 5, { username: 'ann', password: Buffer.alloc(65_535, 'hunter2') }));
  expect((await client.take('connack')).reasonCode).toBe(0x86);
  const plain = await PlainDevice.open(gateway.wsUrl('/ws'));
  plain.send({ type: 'hello', clientId: 'ann', user: 'ann', password: 'hunter2'.repeat(1_500_000) });
  expect(await plain.end()).toBe(1009);
  const codes = await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      connect(i % 2 === 0 ? 5 : 4, { clientId: 'ann', username: 'ann', password: `hunter2${i}` }),
    ),
  );
  // Wrong, or too many at a time.
  expect(codes.filter((code) => ![0x86, 4, 0x89, 3].includes(code as number))).toEqual([]);
  const lines = gateway.process.lines.join('\n');
  expect(lines).not.toMatch(/hunter2|eyJ/);
  const refusals = await until('a line for each', () => {
    const lines = gateway
      .log()
      .filter(({ msg, authenticator }) => msg === 'connection refused' && authenticator === 'users');
    return lines.length > 100 && lines;
  });
  expect(refusals.at(-1)).toMatchObject({ user: 'ann', device: 'ann', reason: expect.any(String) });
  const total = (outcome: string): Promise<number> =>
    gateway.metric('tributary_auth_total', { authenticator: 'users', outcome });
  expect(await total('refused')).toBeGreaterThan(100);
  expect(
    await gateway.metric('tributary_auth_total', {
      authenticator: 'jwt',
      outcome: 'refused',
      reason: 'not-authorized',
    }),
  ).toBeGreaterThan(0);
});
