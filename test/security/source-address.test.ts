import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { putBan } from '@tributary/backplane';
import { Authorities } from '../support/certificates.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { recordOf } from '../support/links.ts';
import { proxyBlock, proxyLine } from '../support/proxy-headers.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { errorsOf, freshId } from '../support/stage.ts';
import { keys } from '../support/streams.ts';
import { until } from '../support/until.ts';

const host = '127.0.0.1';
const trusted = ['127.0.0.1', '10.0.0.0/8'];
const device = '203.0.113.9';
const banned = '203.0.113.66';

let authorities: Authorities;
let redis: RedisServer;
let gateway: Gateway;
let ca: Buffer;

beforeAll(async () => {
  authorities = new Authorities();
  const ours = authorities.authority('ours');
  const { certFile, keyFile } = authorities.certificate('server', ours);
  ca = ours.cert;
  const tls = { certFile, keyFile };
  const any = { protocol: 'any', trusted };
  const headers = { 'plain-chain': 'x-forwarded-for', 'chain': 'forwarded' };
  redis = await startRedis();
  const ban = { reason: 'a test', by: 'test', at: Date.now(), until: Date.now() + 600_000 };
  await putBan(redis.client, keys, { target: `ip:${banned}`, ...ban });
  gateway = await startGateway({
    redisUrl: redis.url,
    config: {
      sources: { address: { tlsHandshakes: 4 } },
      listeners: [
        { name: 'mqtt', protocol: 'mqtt', host, port: 0, proxy: { ...any, timeoutMs: 30_000 } },
        { name: 'hasty', protocol: 'mqtt', host, port: 0, proxy: { ...any, timeoutMs: 300 } },
        { name: 'mqtts', protocol: 'mqtts', host, port: 0, tls, proxy: { protocol: 'v2', trusted } },
        { name: 'wss', protocol: 'wss', host, port: 0, tls, proxy: { protocol: 'v1', trusted } },
        {
          name: 'strange',
          protocol: 'mqtt',
          host,
          port: 0,
          proxy: { protocol: 'any', trusted: ['192.0.2.1'] },
        },
        { name: 'open', protocol: 'ws', host, port: 0 },
        ...Object.entries(headers).map(([name, header]) => {
          return { name, protocol: 'ws', host, port: 0, proxy: { header, trusted } };
        }),
      ],
    },
  });
});
afterAll(async () => {
  const exit = await gateway?.stop();
  await redis?.stop();
  authorities?.remove();
  expect(exit).toBe(0);
  expect(errorsOf(gateway)).toEqual([]);
});

const addressOf = async (id: string): Promise<string> => (await recordOf(redis.client, id))['address'] ?? '';
const refused = (reason: string): Promise<number> =>
  gateway.metric('tributary_connects_refused_total', { reason });
const linesOf = (reason: string): number => gateway.log().filter((line) => line['reason'] === reason).length;

/** Lets a device in, has it publish, and answers where its record says it comes from. */
async function addressAfter(client: RawMqtt): Promise<string> {
  onTestFinished(() => client.drop());
  const id = freshId();
  expect((await client.connect(id)).reasonCode).toBe(0);
  client.send(publishPacket('a', 'payload', 1, 1));
  await client.take('puback');
  return addressOf(id);
}

/** A client behind a proxy, which says these bytes first. */
async function behind(header: Buffer, listener = 'mqtt'): Promise<RawMqtt> {
  const client = await RawMqtt.tcp(gateway.port(listener));
  onTestFinished(() => client.drop());
  client.send(header);
  return client;
}

/** An upgrade by hand, for answers no client of WebSocket shows. */
async function upgrade(listener: string, headers: string, localAddress = host): Promise<string> {
  const socket = connect({ port: gateway.port(listener), host, localAddress });
  onTestFinished(() => void socket.destroy());
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.write(
    `GET /mqtt HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
      `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n${headers}\r\n`,
  );
  return until('the status', () => /^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);
}

describe('a trusted proxy', () => {
  test.each([
    ['version 1', proxyLine(device), `${device}:40000`],
    ['version 1, IPv6', proxyLine('2001:db8::9'), '[2001:db8::9]:40000'],
    ['version 2', proxyBlock(device), `${device}:40000`],
    ['version 2 with more behind', proxyBlock(device, 1, 600), `${device}:1`],
  ])('speaks for a device in %s', async (_name, header, address) => {
    expect(await addressAfter(await behind(header))).toBe(address);
  });

  test('speaks before TLS', async () => {
    const socket = connect(gateway.port('mqtts'), host);
    socket.write(proxyBlock(device));
    expect(await addressAfter(await RawMqtt.tls(gateway.port('mqtts'), { ca, socket }))).toBe(
      `${device}:40000`,
    );
  });

  test('speaks before TLS, HTTP and WebSocket', async () => {
    const client = await RawMqtt.ws(`wss://${host}:${gateway.port('wss')}/mqtt`, 5, 'mqtt', {
      ca,
      createConnection: (() => {
        const socket = connect(gateway.port('wss'), host);
        socket.write(proxyLine(device));
        return connectTls({ socket, ca, host });
      }) as never,
    });
    expect(await addressAfter(client)).toBe(`${device}:40000`);
  });

  test.each([
    ['plain-chain', 'X-Forwarded-For', `1.2.3.4, ${device}, 10.1.2.3`, `${device}:0`],
    ['plain-chain', 'X-Forwarded-For', '2001:db8::9', '[2001:db8::9]:0'],
    ['chain', 'Forwarded', `for=1.2.3.4, for="${device}:4711";proto=https`, `${device}:4711`],
  ])('names the device at an upgrade: %s, %s: %s', async (listener, name, value, address) => {
    const url = `ws://${host}:${gateway.port(listener)}/mqtt`;
    expect(await addressAfter(await RawMqtt.ws(url, 5, 'mqtt', { headers: { [name]: value } }))).toBe(
      address,
    );
  });

  test('that names nobody speaks for itself', async () => {
    const url = `ws://${host}:${gateway.port('chain')}/mqtt`;
    expect(await addressAfter(await RawMqtt.ws(url))).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  test('brings no banned device in', async () => {
    const before = await refused('banned');
    expect(await (await behind(proxyLine(banned))).end()).toMatchObject({});
    expect(await upgrade('plain-chain', `X-Forwarded-For: ${banned}\r\n`)).toBe('429');
    expect(await refused('banned')).toBe(before + 2);
  });

  test('has the TLS handshakes of each device behind it bounded', async () => {
    const handshakes = (): Promise<number> => gateway.metric('tributary_tls_handshakes');
    const silent = Array.from({ length: 6 }, () => {
      const socket = connect(gateway.port('mqtts'), host);
      onTestFinished(() => void socket.destroy());
      socket.on('error', () => undefined);
      socket.write(proxyBlock('198.51.100.9'));
      return socket;
    });
    await until('two to be cut off', () => silent.filter(({ destroyed }) => destroyed).length === 2);
    expect(await handshakes()).toBe(4);
    const limit = { scope: 'address', reason: 'tls-handshakes' };
    expect(await gateway.metric('tributary_throttled_total', limit)).toBe(2);
    for (const socket of silent) socket.destroy();
    await until('none to be in progress', async () => (await handshakes()) === 0);
  });

  test.each([
    ['says nothing a header begins with', Buffer.from('GET / HTTP/1.1\r\n')],
    [
      'declares 65,535 bytes',
      Buffer.concat([proxyBlock(device).subarray(0, 14), Buffer.from('ffff', 'hex')]),
    ],
    ['declares too few for its addresses', Buffer.from('0d0a0d0a000d0a515549540a2111000b', 'hex')],
    ['goes on without an end', Buffer.from(`PROXY UNKNOWN ${'x'.repeat(5000)}`)],
  ])('that %s is cut off at once, with one line', async (_name, header) => {
    const before = await refused('bad-proxy-header');
    const linesBefore = linesOf('bad-proxy-header');
    const began = performance.now();
    await (await behind(header)).end();
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(await refused('bad-proxy-header')).toBe(before + 1);
    await until('the line', () => linesOf('bad-proxy-header') > linesBefore);
    expect(linesOf('bad-proxy-header')).toBe(linesBefore + 1);
  });

  test('that takes its time is cut off, however it trickles', async () => {
    const before = await refused('handshake-timeout');
    const client = await behind(Buffer.from('PROXY '), 'hasty');
    const trickle = setInterval(() => client.send(Buffer.from('UNKNOWN'.slice(0, 1))), 20);
    onTestFinished(() => clearInterval(trickle));
    await client.end();
    expect(await refused('handshake-timeout')).toBe(before + 1);
  });

  test.each([
    ['nonsense', 'plain-chain', 'X-Forwarded-For: who knows'],
    ['thousands of addresses', 'plain-chain', `X-Forwarded-For: ${'10.0.0.1, '.repeat(500)}${device}`],
    ['an open quote', 'chain', 'Forwarded: for="203.0.113.9'],
    ['a long row of trusted proxies', 'chain', `Forwarded: ${'for=10.0.0.1, '.repeat(30)}for=10.0.0.1`],
  ])('whose chain is %s is answered 400, with one line', async (_name, listener, header) => {
    const before = await refused('bad-forwarded-header');
    const linesBefore = linesOf('bad-forwarded-header');
    expect(await upgrade(listener, `${header}\r\n`)).toBe('400');
    expect(await refused('bad-forwarded-header')).toBe(before + 1);
    await until('the line', () => linesOf('bad-forwarded-header') > linesBefore);
    expect(linesOf('bad-forwarded-header')).toBe(linesBefore + 1);
  });
});

describe('anybody else', () => {
  const ignored = (): Promise<number> => gateway.metric('tributary_forwarded_ignored_total');

  test('is refused by a listener that takes proxies only, before a byte of it is read', async () => {
    const before = await refused('untrusted-proxy');
    // It may be gone before the client knows that it was there.
    await behind(proxyLine(device), 'strange').then(
      (client) => client.end(),
      () => undefined,
    );
    expect(await refused('untrusted-proxy')).toBe(before + 1);
  });

  test.each(['plain-chain', 'chain', 'open'])('is not believed, and counted: %s', async (listener) => {
    const before = await ignored();
    const client = await RawMqtt.ws(`ws://${host}:${gateway.port(listener)}/mqtt`, 5, 'mqtt', {
      localAddress: '127.0.0.2',
      headers: { 'X-Forwarded-For': device, 'Forwarded': `for=${device}` },
    });
    expect(await addressAfter(client)).toMatch(/^127\.0\.0\.2:\d+$/);
    expect(await ignored()).toBe(before + 1);
  });

  test('gains nothing from a chain that cannot be read', async () => {
    expect(await upgrade('chain', 'Forwarded: for="\r\n', '127.0.0.2')).toBe('101');
  });
});
