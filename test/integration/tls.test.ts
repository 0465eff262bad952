import { connect } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Authorities, type Certificate } from '../support/certificates.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { isInstalled } from '../support/processes.ts';
import { connectPacket, publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { eventsOf, untilUplink } from '../support/streams.ts';
import { until } from '../support/until.ts';

const handshakeTimeoutMs = 3000;

describe.skipIf(!isInstalled('openssl', 'version'))('listeners with TLS', () => {
  let authorities: Authorities;
  let known: Certificate;
  let stranger: Certificate;
  let ca: Buffer;
  let redis: RedisServer;
  let gateway: Gateway;

  beforeAll(async () => {
    authorities = new Authorities();
    const ours = authorities.authority('ours');
    const theirs = authorities.authority('theirs');
    const server = authorities.certificate('server', ours);
    known = authorities.certificate('known', ours);
    stranger = authorities.certificate('stranger', theirs);
    ca = ours.cert;
    const open = { certFile: server.certFile, keyFile: server.keyFile };
    const mutual = { ...open, caFile: ours.certFile };
    redis = await startRedis();
    gateway = await startGateway({
      redisUrl: redis.url,
      config: {
        listeners: [
          { name: 'mqtts', protocol: 'mqtts', host: '127.0.0.1', port: 0, tls: open },
          { name: 'wss', protocol: 'wss', host: '127.0.0.1', port: 0, tls: open },
          { name: 'mutual-mqtts', protocol: 'mqtts', host: '127.0.0.1', port: 0, tls: mutual },
          { name: 'mutual-wss', protocol: 'wss', host: '127.0.0.1', port: 0, tls: mutual },
        ],
        limits: { handshakeTimeoutMs },
      },
    });
  });
  afterAll(async () => {
    const exit = await gateway?.stop();
    await redis?.stop();
    authorities.remove();
    expect(exit).toBe(0);
  });

  const open = (listener: string, options: ConnectionOptions = {}): Promise<RawMqtt> => {
    const port = gateway.port(listener);
    return listener.endsWith('wss')
      ? RawMqtt.ws(`wss://127.0.0.1:${port}/mqtt`, 5, 'mqtt', { ca, ...options })
      : RawMqtt.tls(port, { ca, ...options });
  };
  const withCertificate = ({ cert, key }: Certificate): ConnectionOptions => ({ cert, key });

  /** Connects and has one message stored. */
  async function isServed(device: RawMqtt): Promise<void> {
    const id = freshId('tls');
    expect((await device.connect(id)).reasonCode).toBe(0);
    device.send(publishPacket('t', 'x', 1, 1));
    await device.take('puback');
    expect(await untilUplink(redis.client, id, 1)).toHaveLength(1);
    await device.leave();
  }

  test.each(['mqtts', 'wss'])('%s serves a device without a certificate', async (listener) => {
    await isServed(await open(listener));
  });

  test.each(['mutual-mqtts', 'mutual-wss'])(
    '%s with caFile serves a device with a certificate of that authority',
    async (listener) => {
      await isServed(await open(listener, withCertificate(known)));
    },
  );

  test.each([
    ['mutual-mqtts', 'no certificate', (): ConnectionOptions => ({})],
    ['mutual-wss', 'no certificate', (): ConnectionOptions => ({})],
    [
      'mutual-mqtts',
      'a certificate of another authority',
      (): ConnectionOptions => withCertificate(stranger),
    ],
    ['mutual-wss', 'a certificate of another authority', (): ConnectionOptions => withCertificate(stranger)],
  ])('%s with caFile refuses a device with %s', async (listener, _, options) => {
    const id = freshId('uninvited');
    // In TLS 1.3 a client is done before the server has seen its certificate: the refusal may come behind.
    const device = await open(listener, options()).catch((error: unknown) => error);
    if (device instanceof RawMqtt) {
      device.send(connectPacket(id, 5));
      await device.end();
      expect(device.packets).toEqual([]);
    } else {
      expect(String(device)).toMatch(/ECONNRESET|certificate|socket hang up|disconnected/i);
    }
    expect(await eventsOf(redis.client, id)).toEqual([]);
  });

  // They wait for the server's clock, all at once.
  test.concurrent.each([
    ['mqtts', 'says nothing', Buffer.alloc(0)],
    ['mqtts', 'says the first byte of a handshake', Buffer.from([0x16])],
    ['wss', 'says nothing', Buffer.alloc(0)],
    ['wss', 'says the first byte of a handshake', Buffer.from([0x16])],
  ])('P6: %s closes a peer that %s when handshakeTimeoutMs is over', async (listener, _, bytes) => {
    const socket = connect({ port: gateway.port(listener), host: '127.0.0.1' });
    let isClosed = false;
    socket.on('error', () => undefined).on('close', () => (isClosed = true));
    socket.resume();
    socket.write(bytes);
    const start = performance.now();
    try {
      await until('the server to close', () => isClosed, { deadlineMs: handshakeTimeoutMs + 10_000 });
      expect(performance.now() - start).toBeGreaterThan(handshakeTimeoutMs * 0.9);
    } finally {
      socket.destroy();
    }
  });
});
