import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { proxyLine } from '../support/proxy-headers.ts';
import { RawMqtt } from '../support/raw-mqtt.ts';
import { freshId, useStage } from '../support/stage.ts';
import { until } from '../support/until.ts';

const host = '127.0.0.1';
const plenty = { rate: '100000/s', burst: 100_000, connections: 100_000, unauthenticated: 100_000 };
const dir = mkdtempSync(join(tmpdir(), 'tributary-sources-'));
const secretFile = join(dir, 'secret');
const secret = randomBytes(32).toString('hex');
writeFileSync(secretFile, secret);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const stage = useStage({
  config: {
    auth: { anonymous: true, chain: [{ type: 'jwt', secretFile }], binding: 'none' },
    listeners: [
      { name: 'proxied', protocol: 'mqtt', host, port: 0, proxy: { protocol: 'v1', trusted: ['127.0.0.1'] } },
    ],
    sources: {
      address: { ...plenty, rate: '20/s', burst: 20, connections: 20, unauthenticated: 10 },
      prefix: plenty,
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
