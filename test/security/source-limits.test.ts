import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { Authorities } from '../support/certificates.ts';
import { proxyLine } from '../support/proxy-headers.ts';
import { Publisher } from '../support/publisher.ts';
import { bytesOf, connectPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { freshId, useStage } from '../support/stage.ts';
import { until } from '../support/until.ts';

const host = '127.0.0.1';
const plenty = { rate: '100000/s', burst: 100_000, connections: 100_000, unauthenticated: 100_000 };
const dir = mkdtempSync(join(tmpdir(), 'tributary-sources-'));
const secretFile = join(dir, 'secret');
const secret = randomBytes(32).toString('hex');
writeFileSync(secretFile, secret);
const authorities = new Authorities();
const { certFile, keyFile } = authorities.authority('itself');
const tls = { certFile, keyFile };
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
  authorities.remove();
});

const stage = useStage({
  config: {
    auth: { anonymous: true, chain: [{ type: 'jwt', secretFile }], binding: 'none' },
    listeners: [
      { name: 'mqtt', protocol: 'mqtt', host, port: 0 },
      {
        name: 'ws',
        protocol: 'ws',
        host,
        port: 0,
        proxy: { header: 'x-forwarded-for', trusted: ['127.0.9.9'] },
      },
      { name: 'mqtts', protocol: 'mqtts', host, port: 0, tls },
      { name: 'wss', protocol: 'wss', host, port: 0, tls },
      { name: 'proxied', protocol: 'mqtt', host, port: 0, proxy: { protocol: 'v1', trusted: ['127.0.0.1'] } },
    ],
    limits: { handshakeTimeoutMs: 1000 },
    sources: {
      address: { ...plenty, rate: '20/s', burst: 20, connections: 20, unauthenticated: 10 },
      prefix: { ...plenty, ipv4Bits: 16, connections: 60 },
      maxIdle: 64,
    },
  },
});

const throttled = (reason: string, scope = 'address'): Promise<number> =>
  stage.gateway.metric('tributary_throttled_total', { scope, reason });

/** A connection from this address that says nothing. */
function knock(localAddress: string, port = stage.gateway.port('mqtt'), first?: Buffer): Socket {
  const socket = connect({ port, host, localAddress });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  if (first !== undefined) socket.write(first);
  return socket;
}

const isGone = (socket: Socket): boolean => socket.destroyed;

/** Devices that publish while `attack` goes on, and lose nothing by it. */
async function besideDevices(attack: () => Promise<void>): Promise<void> {
  const port = stage.gateway.port('mqtt');
  const devices = Array.from({ length: 5 }, (_, n) => new Publisher(port, `good-${process.pid}-${n}`, 5));
  await Promise.all(devices.map((device) => device.start()));
  let isOn = true;
  const talk = (async () => {
    while (isOn) {
      for (const device of devices) if (device.unsettled < 10) device.publish(1);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  try {
    await attack();
    await until('the devices to have said something', () =>
      devices.every(({ acknowledged }) => acknowledged.length > 10),
    );
  } finally {
    isOn = false;
    await talk;
    await Promise.all(devices.map((device) => device.settle()));
    await Promise.all(devices.map((device) => device.stop()));
  }
  expect(devices.map(({ lives }) => lives.length)).toEqual(devices.map(() => 1));
}

test('a flood from one address is cut off, and devices beside it notice nothing', async () => {
  const before = await throttled('connection-rate');
  await besideDevices(async () => {
    for (let round = 0; round < 6; round++) {
      const flood = Array.from({ length: 50 }, () => knock('127.1.0.1'));
      await until('the flood to be cut off', () => flood.filter(isGone).length >= 50 - 20 - round);
      for (const socket of flood) socket.destroy();
    }
  });
  expect(await throttled('connection-rate')).toBeGreaterThan(before + 150);
  expect(
    await stage.gateway.metric('tributary_connects_refused_total', { reason: 'rate-exceeded' }),
  ).toBeGreaterThan(150);
});

test('a flood from many addresses costs no more memory than a few, and is bounded as one block', async () => {
  await besideDevices(async () => {
    for (let at = 0; at < 600; at += 100) {
      const flood = Array.from({ length: 100 }, (_, n) => knock(`127.2.${(at + n) >> 8}.${(at + n) & 255}`));
      await until('the block to be full', () => flood.filter(isGone).length >= 40);
      for (const socket of flood) socket.destroy();
    }
  });
  expect(await throttled('connections', 'prefix')).toBeGreaterThan(150);
  await until('the table to be small again', async () => {
    return (await stage.gateway.metric('tributary_sources', { kind: 'address' })) <= 64 + 20;
  });
});

test('those that never say who they are are few at a time, and end at their deadline', async () => {
  const before = await throttled('unauthenticated');
  const silent = Array.from({ length: 10 }, () => knock('127.3.0.1'));
  await until(
    'them to be counted',
    async () => (await stage.gateway.metric('tributary_unauthenticated_connections')) === 10,
  );
  const more = Array.from({ length: 5 }, () => knock('127.3.0.1'));
  await until('the others to be cut off', () => more.every(isGone));
  expect(await throttled('unauthenticated')).toBe(before + 5);
  expect(silent.some(isGone)).toBe(false);
  await until('their end', () => silent.every(isGone));
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'));
  onTestFinished(() => device.drop());
  expect((await device.connect('after')).reasonCode).toBe(0);
});

/** What a client says a byte at a time, and never to its end. */
const trickles: Record<string, Buffer> = {
  mqtt: bytesOf(connectPacket('x'.repeat(200), 5)),
  ws: Buffer.from(`GET /mqtt HTTP/1.1\r\nHost: x\r\nX-Slow: ${'x'.repeat(200)}`),
  mqtts: Buffer.concat([Buffer.from('16030102000100', 'hex'), Buffer.alloc(200)]),
  wss: Buffer.concat([Buffer.from('16030102000100', 'hex'), Buffer.alloc(200)]),
};

test('those that say it a byte at a time gain nothing, whatever they speak', async () => {
  await besideDevices(async () => {
    const began = performance.now();
    const slow = Object.entries(trickles).flatMap(([listener, bytes], n) =>
      [1, 2].map((last) => {
        const socket = knock(`127.4.${n}.${last}`, stage.gateway.port(listener));
        let at = 0;
        const timer = setInterval(() => socket.write(bytes.subarray(at, ++at)), 20);
        socket.on('close', () => clearInterval(timer));
        return socket;
      }),
    );
    await until('their end', () => slow.every(isGone), { deadlineMs: 5000 });
    expect(performance.now() - began).toBeGreaterThan(900);
  });
  await until('none to be counted any more', async () => {
    return (await stage.gateway.metric('tributary_tls_handshakes')) === 0;
  });
});

test('behind a proxy the limits are those of the device, and not of the proxy', async () => {
  const port = stage.gateway.port('proxied');
  const flood = Array.from({ length: 40 }, () => knock(host, port, proxyLine('203.0.113.9')));
  await until('the flood to be cut off', () => flood.filter(isGone).length >= 30);
  const other = knock(host, port, proxyLine('203.0.113.10'));
  await until('another device to be in', async () => {
    return !isGone(other) && (await stage.gateway.metric('tributary_sources', { kind: 'address' })) > 0;
  });
  const device = await RawMqtt.tcp(port);
  onTestFinished(() => device.drop());
  device.send(proxyLine('198.51.100.1'));
  expect((await device.connect('behind')).reasonCode).toBe(0);
});

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token that is good for a minute. */
function tokenOf(sub: string): Buffer {
  const exp = Math.floor(Date.now() / 1000) + 60;
  const signed = `${base64({ alg: 'HS256', typ: 'JWT' })}.${base64({ sub, exp })}`;
  return Buffer.from(`${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`);
}

/** A device at this address behind the proxy; false when it is not let in. */
async function comesIn(address: string, credentials: object): Promise<boolean> {
  const device = await RawMqtt.tcp(stage.gateway.port('proxied'));
  onTestFinished(() => device.drop());
  device.send(proxyLine(address));
  return device.connect(freshId(), credentials).then(
    () => true,
    () => false,
  );
}

test('a site behind one address earns what its devices need, and strangers behind one address do not', async () => {
  const before = await throttled('connections');
  for (let n = 0; n < 25; n++) {
    const credentials = { username: `pump-${n}`, password: tokenOf(`pump-${n}`) };
    // No more than its rate, which is not what this is about.
    await until(`device ${n}`, () => comesIn('198.51.100.7', credentials), { everyMs: 50 });
  }
  expect(await throttled('connections')).toBe(before);
  let count = 0;
  await until('strangers to be too many', async () => {
    if (await comesIn('192.0.2.8', {})) count++;
    return (await throttled('connections')) > before;
  });
  expect(count).toBe(20);
});
