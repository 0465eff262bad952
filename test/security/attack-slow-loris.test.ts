import { afterAll, expect, test } from 'vitest';
import { Authorities } from '../support/certificates.ts';
import { bytesOf, connectPacket } from '../support/raw-mqtt.ts';
import { useStage } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { intrude, isGone } from './support/intruder.ts';
import { besideDevices, nothingIsKept } from './support/well-behaved.ts';

const host = '127.0.0.1';
const handshakeTimeoutMs = 1000;
const authorities = new Authorities();
const { certFile, keyFile } = authorities.authority('itself');
const tls = { certFile, keyFile };
afterAll(() => authorities.remove());

const stage = useStage({
  config: {
    limits: { handshakeTimeoutMs },
    listeners: [
      { name: 'mqtt', protocol: 'mqtt', host, port: 0 },
      { name: 'ws', protocol: 'ws', host, port: 0 },
      { name: 'mqtts', protocol: 'mqtts', host, port: 0, tls },
      { name: 'wss', protocol: 'wss', host, port: 0, tls },
    ],
  },
});

const upgrade = Buffer.from(`GET /mqtt HTTP/1.1\r\nHost: x\r\nX-Slow: ${'x'.repeat(200)}`);
const hello = Buffer.concat([Buffer.from('16030102000100', 'hex'), Buffer.alloc(200)]);
/** What a client says a byte at a time, and never to its end. */
const trickles: Record<string, Buffer> = {
  mqtt: bytesOf(connectPacket('x'.repeat(200), 5)),
  ws: upgrade,
  mqtts: hello,
  wss: hello,
};
const each = 3;

/** Says it a byte in 20 ms, for as long as it is let. */
function trickle(listener: string, bytes: Buffer): ReturnType<typeof intrude> {
  const socket = intrude(stage.gateway.port(listener));
  let at = 0;
  const timer = setInterval(() => socket.write(bytes.subarray(at, ++at)), 20);
  socket.on('close', () => clearInterval(timer));
  return socket;
}

/** How many came too late with what. */
async function late(): Promise<Record<'connect' | 'upgrade' | 'tls', number>> {
  const count = (name: string, reason: string): Promise<number> => stage.gateway.metric(name, { reason });
  return {
    connect: await count('tributary_disconnects_total', 'handshake-timeout'),
    upgrade: await count('tributary_connects_refused_total', 'handshake-timeout'),
    tls: await count('tributary_tls_handshakes_failed_total', 'timeout'),
  };
}

test('those that say it a byte at a time gain nothing, whatever they speak, and are counted by their reason', async () => {
  await besideDevices(stage, async () => {
    const began = performance.now();
    const slow = Object.entries(trickles).flatMap(([listener, bytes]) =>
      Array.from({ length: each }, () => trickle(listener, bytes)),
    );
    await until('their end', () => slow.every(isGone));
    expect(performance.now() - began).toBeGreaterThan(handshakeTimeoutMs * 0.9);
  });
  await until('all to be counted', async () => {
    const { connect, upgrade, tls } = await late();
    return connect === each && upgrade === each && tls === 2 * each;
  });
  await nothingIsKept(stage);
});

test('those that connect and say nothing end at the same deadline, whatever is spoken there', async () => {
  const before = await late();
  const silent = Object.keys(trickles).map((listener) => intrude(stage.gateway.port(listener)));
  await until('their end', () => silent.every(isGone));
  await until('them to be counted', async () => {
    const { connect, upgrade } = await late();
    return connect === before.connect + 1 && upgrade === before.upgrade + 1;
  });
  await nothingIsKept(stage);
});
