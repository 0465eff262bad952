import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { FakeKernel } from '../testing/kernel.ts';
import { until } from '../testing/until.ts';
import { AcceptGate } from '../transports/accept-gate.ts';
import { createTcpListener } from '../transports/tcp.ts';
import type { Transport } from '../transports/transport.ts';
import { ListenerTls } from '../transports/tls/listener-tls.ts';
import { createWebSocketListener } from '../transports/websocket.ts';
import { openTcpInfo } from './tcp-info.ts';

const isLinux = process.platform === 'linux';
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => void server.close());
  return (server.address() as { port: number }).port;
}

const ignored = {
  onBytes() {},
  onText() {},
  onUnfinished() {},
  onPong() {},
  onFault() {},
  onDrained() {},
  onClosed() {},
};

describe.runIf(isLinux)('of a real socket', () => {
  async function pair(): Promise<{ server: Socket; client: Socket }> {
    const listener = createServer();
    const client = connect(await portOf(listener), '127.0.0.1');
    const [server] = (await once(listener, 'connection')) as [Socket];
    ends.push(() => void client.destroy());
    ends.push(() => void server.destroy());
    return { server, client };
  }
  const fd = (socket: Socket): number => (socket as unknown as { _handle: { fd: number } })._handle.fd;

  test('the kernel tells round trip and segments, and counts on', async () => {
    const info = (await openTcpInfo())!;
    const { server, client } = await pair();
    client.resume();
    expect(info.read(fd(server))).toBe(true);
    const before = { sent: info.sent!, delivered: info.delivered! };
    server.write('hello');
    await until(
      'the segment to be acknowledged',
      () => info.read(fd(server)) && info.delivered! > before.delivered,
    );
    expect(info.sent).toBe(before.sent + 1);
    expect(info.rttUs).toBeGreaterThan(0);
    expect(info.rttUs).toBeLessThan(1_000_000);
    expect(info.minRttUs).toBeLessThanOrEqual(1_000_000);
    expect(info.retransmitted).toBe(0);
    expect(info.unacked).toBe(0);
  });

  test('what is no TCP socket, or none any more, is answered with no', async () => {
    const info = (await openTcpInfo())!;
    expect(info.read(-1)).toBe(false);
    expect(info.read(1_000_000)).toBe(false);
    const file = openSync('/dev/null', 'r');
    expect(info.read(file)).toBe(false);
    closeSync(file);
  });

  test('other sockets do not show through', async () => {
    const info = (await openTcpInfo())!;
    const { server } = await pair();
    expect(info.read(fd(server))).toBe(true);
    expect(info.read(-1)).toBe(false);
    expect(info.sent).toBeUndefined();
  });
});

type AttachedTransport = Transport & { attach(events: typeof ignored): void };

/** The first transport that comes. */
function first(): { promise: Promise<AttachedTransport>; resolve: (transport: AttachedTransport) => void } {
  let resolve: (transport: AttachedTransport) => void = () => {};
  const promise = new Promise<AttachedTransport>((done) => (resolve = done));
  return { promise, resolve };
}

const noTlsEvents = {
  ...{ onHandshake() {}, onFailure() {}, onRenewed() {} },
  ...{ onTrouble() {}, onRevoked() {}, onFetched() {} },
};

describe.runIf(isLinux)('the descriptor of a transport', () => {
  async function seen(transport: Promise<AttachedTransport>, end: () => void): Promise<void> {
    const info = (await openTcpInfo())!;
    const found = await transport;
    found.attach(ignored);
    expect(info.read(found.descriptor)).toBe(true);
    end();
    await until('the descriptor to be gone', () => found.descriptor === -1);
    expect(info.read(found.descriptor)).toBe(false);
  }

  test('over TCP', async () => {
    const transport = first();
    const client = connect(await portOf(createTcpListener(undefined, 1000, transport.resolve)), '127.0.0.1');
    await seen(transport.promise, () => client.destroy());
  });

  test('over TLS', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tributary-tls-'));
    const tls = { certFile: join(dir, 'cert.pem'), keyFile: join(dir, 'key.pem') };
    const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', tls.keyFile];
    execFileSync('openssl', ['req', '-x509', ...key, '-out', tls.certFile, '-subj', '/CN=x'], {
      stdio: 'ignore',
    });
    const transport = first();
    const settings = { ...tls, minVersion: 'TLSv1.3', ticketLifetimeSeconds: 60 } as const;
    const listener = new ListenerTls('mqtts', settings, noTlsEvents, Date.now);
    const port = await portOf(createTcpListener(listener, 1000, transport.resolve));
    rmSync(dir, { recursive: true });
    const client = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    client.on('error', () => {});
    await seen(transport.promise, () => client.destroy());
  });

  test('over WebSocket', async () => {
    const transport = first();
    const gate = new AcceptGate(
      { protocol: 'off', header: 'none', trusted: [], timeoutMs: 1000 },
      {
        enter: () => ({ secured() {}, welcomed() {}, parted() {}, left() {} }),
        onRefused() {},
        onForwardedIgnored() {},
      },
    );
    const listener = createWebSocketListener({
      gate,
      ...{ tls: undefined, allowedOrigins: () => [], maxFrameBytes: () => 1000, handshakeTimeoutMs: 1000 },
      ...{ onMqtt: transport.resolve, onDevice: transport.resolve, onRefused() {} },
    });
    const client = new WebSocket(`ws://127.0.0.1:${await portOf(listener)}/ws`, 'tributary.v1');
    client.on('error', () => {});
    await seen(transport.promise, () => client.terminate());
  });
});

test('there is nothing to open on other systems', async () => {
  expect(await openTcpInfo('darwin')).toBeUndefined();
  expect(await openTcpInfo('win32')).toBeUndefined();
});

test('what an older kernel does not tell is not known, and never what stood in memory', () => {
  const kernel = new FakeKernel();
  kernel.says({ sent: 9, delivered: 8, rttUs: 5, segmentsOut: 11 });
  expect(kernel.info.read(1) && kernel.info.sent).toBe(9);
  kernel.bytes = 148; // before Linux 4.6
  expect(kernel.info.read(1)).toBe(true);
  expect([kernel.info.minRttUs, kernel.info.delivered, kernel.info.outOfOrderIn]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(kernel.info.sent).toBe(11);
  kernel.bytes = 100;
  expect(kernel.info.read(1)).toBe(false);
});
