import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { until } from '../testing/until.ts';
import { commonName, makeCertificate, pemOf } from '../testing/x509.ts';
import { Listeners, type ListenerAddress, type ListenerConfig, type ListenerEvents } from './listeners.ts';

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

const door = (name: string, port = 0, more: Partial<ListenerConfig> = {}): ListenerConfig => ({
  name,
  protocol: 'mqtt',
  host: '127.0.0.1',
  port,
  allowedOrigins: [],
  proxy: { protocol: 'off', header: 'none', trusted: [], timeoutMs: 1000 },
  ...more,
});

/** Listeners that note through which of them somebody came. */
function listenersOf(...configs: ListenerConfig[]): { listeners: Listeners; came: string[] } {
  const came: string[] = [];
  const events: ListenerEvents = {
    onMqtt: (_, listener) => void came.push(listener),
    onDevice: () => {},
    enter: () => ({ welcomed: () => {}, left: () => {}, secured: () => {} }) as never,
    onRefused: (reason, _, listener) => void came.push(`${listener} ${reason}`),
    onForwardedIgnored: () => {},
    tls: { onRenewed: () => {} } as never,
    now: () => 0,
  };
  const listeners = new Listeners(configs, { maxPacketBytes: 1024, handshakeTimeoutMs: 1000 }, events);
  open.push(listeners);
  return { listeners, came };
}

const portOf = (addresses: readonly ListenerAddress[], name: string): number =>
  addresses.find((address) => address.name === name)!.port;

/** A connection; rejects when nobody listens. */
function visit(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  open.push({ close: () => socket.destroy() });
  return new Promise((resolve, reject) =>
    socket.once('connect', () => resolve(socket)).once('error', reject),
  );
}

/** Somebody else's server on a free port. */
async function stranger(): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0, '127.0.0.1');
  open.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  return { server, port: (server.address() as { port: number }).port };
}

test('a new door greets nobody before it is committed; an old one is closed then, and keeps its connections', async () => {
  const { listeners, came } = listenersOf(door('a'));
  const before = portOf(await listeners.open(), 'a');
  const old = await visit(before);
  await until('the first', () => came.length === 1);
  const change = await listeners.prepare([door('b')]);
  expect(change.isChange).toBe(true);
  await visit(before);
  await until('the old door to greet still', () => came.length === 2);
  const { addresses, removed } = change.commit();
  expect(removed).toEqual(['a']);
  await visit(portOf(addresses, 'b'));
  await until('the new door to greet', () => came.at(-1) === 'b');
  await expect(visit(before)).rejects.toThrow('ECONNREFUSED');
  expect(old.destroyed).toBe(false);
});

test('who is still on the way in when its door is closed gets no further', async () => {
  const proxy = { protocol: 'v1', header: 'none', trusted: ['127.0.0.1/32'], timeoutMs: 5000 } as const;
  const { listeners, came } = listenersOf(door('a', 0, { proxy }), door('b', 0, { protocol: 'ws', proxy }));
  const addresses = await listeners.open();
  const late = [await visit(portOf(addresses, 'a')), await visit(portOf(addresses, 'b'))];
  const ended = once(late[0]!.resume(), 'close');
  (await listeners.prepare([])).commit();
  const upgrade =
    'GET /mqtt HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
    'Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';
  for (const socket of late) socket.write(`PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n${upgrade}`);
  await until('both to be turned away', () => came.length === 2);
  expect(came.toSorted()).toEqual(['a drained', 'b drained']);
  await ended;
});

test('a door that keeps its place stays open; what else changed holds for who comes then', async () => {
  const { listeners, came } = listenersOf(door('a'));
  const port = portOf(await listeners.open(), 'a');
  await visit(port);
  await until('the first', () => came.length === 1);
  const change = await listeners.prepare([door('a', 0, { maxConnections: 1 })]);
  expect(change.isChange).toBe(false);
  expect(portOf(change.commit().addresses, 'a')).toBe(port);
  await visit(port);
  await until('the second to be too many', () => came.at(-1) === 'a server-busy');
});

test('an address that cannot be had leaves everything as it was', async () => {
  const { listeners, came } = listenersOf(door('a'));
  const port = portOf(await listeners.open(), 'a');
  const { port: taken } = await stranger();
  const change = listeners.prepare([door('b'), door('c', taken)]);
  await expect(change).rejects.toThrow(`listener c (127.0.0.1:${taken})`);
  await visit(port);
  await until('the old door to greet', () => came.length === 1);
});

test('of what is taken back one door that cannot be is no reason to leave the others', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-doors-'));
  open.push({ close: () => rmSync(folder, { recursive: true }) });
  const filesOf = (name: string, to?: number) => {
    const { cert, key } = pemOf(makeCertificate(commonName(name), to === undefined ? {} : { to }));
    const files = { certFile: join(folder, `${name}.pem`), keyFile: join(folder, `${name}.key`) };
    writeFileSync(files.certFile, cert);
    writeFileSync(files.keyFile, key);
    return { tls: { ...files, minVersion: 'TLSv1.3', ticketLifetimeSeconds: 60 } } as const;
  };
  const [stays, goes, next] = [filesOf('stays'), filesOf('goes'), filesOf('next', 3_000_000_000_000)];
  const secure = (name: string, { tls }: typeof next): ListenerConfig =>
    door(name, 0, { protocol: 'mqtts', tls });
  const { listeners } = listenersOf(secure('a', stays), secure('b', goes));
  await listeners.open();
  const before = listeners.certificates();
  rmSync(goes.tls.certFile);
  const { port: taken } = await stranger();
  await expect(listeners.prepare([secure('a', next), secure('b', next), door('c', taken)])).rejects.toThrow(
    /listener c .*; .*goes\.pem/,
  );
  expect(listeners.certificates()[0]!.expiresAt).toBe(before[0]!.expiresAt);
});

test('what was prepared can be taken back', async () => {
  const { listeners, came } = listenersOf(door('a'));
  const port = portOf(await listeners.open(), 'a');
  const change = await listeners.prepare([door('b')]);
  await change.undo();
  await visit(port);
  await until('the old door to greet', () => came.at(-1) === 'a');
  const again = (await listeners.prepare([door('a')])).commit();
  expect(again.removed).toEqual([]);
});

test('a door takes over the port of another, or it is given back', async () => {
  const free = await stranger();
  free.server.close();
  const { port } = free;
  const { listeners, came } = listenersOf(door('a', port));
  await listeners.open();
  const { port: taken } = await stranger();
  await expect(listeners.prepare([door('b', port), door('c', taken)])).rejects.toThrow('listener c');
  await visit(port);
  await until('the old door to greet', () => came.at(-1) === 'a');
  const change = await listeners.prepare([door('b', port)]);
  expect(change.commit().removed).toEqual(['a']);
  await visit(port);
  await until('the new door to greet', () => came.at(-1) === 'b');
});

test('doors that were prepared when all are closed do not open any more', async () => {
  const { listeners } = listenersOf(door('a'));
  await listeners.open();
  const change = await listeners.prepare([door('a'), door('b')]);
  listeners.close();
  expect(change.commit().addresses).toEqual([]);
});
