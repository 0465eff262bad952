import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { badHeaders, goodHeaders } from '../testing/proxy-headers.ts';
import { until } from '../testing/until.ts';
import { commonName, makeCertificate, pemOf } from '../testing/x509.ts';
import { AcceptGate, type GateEvents, type ProxyRule } from './accept-gate.ts';
import { arrivalOf } from './arrival.ts';

const open: ProxyRule = { protocol: 'off', header: 'none', trusted: [], timeoutMs: 60_000 };
const proxied: ProxyRule = { ...open, protocol: 'any', trusted: ['127.0.0.1'] };

/** What a gate has told, and whom it lets in. */
class Door implements GateEvents {
  readonly asked: string[] = [];
  readonly refused: string[] = [];
  ignored = 0;
  isOpen = true;
  standing = 0;
  securing = 0;

  enter(address: string): ReturnType<GateEvents['enter']> {
    this.asked.push(address.replace(/:\d{5}$/, ':port'));
    if (!this.isOpen) return undefined;
    this.standing++;
    this.securing++;
    return {
      secured: () => this.securing--,
      welcomed: () => {},
      parted: () => {},
      left: () => this.standing--,
    };
  }
  onRefused(reason: string): void {
    this.refused.push(reason);
  }
  onForwardedIgnored(): void {
    this.ignored++;
  }
}

async function guarded(
  server: Server,
  rule: ProxyRule,
): Promise<{ door: Door; gate: AcceptGate; port: number }> {
  const door = new Door();
  const gate = new AcceptGate(rule, door);
  gate.guard(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { door, gate, port: (server.address() as AddressInfo).port };
}

/** A client that says these pieces, each in a segment of its own; answers what it is told, or the code it is cut off with. */
async function say(port: number, pieces: readonly Buffer[], ends = true): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  onTestFinished(() => void socket.destroy());
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const told = new Promise<string>((resolve) => {
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    socket.on('close', () => resolve(text));
  });
  for (const piece of pieces) {
    socket.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (ends) socket.end();
  return told;
}

const cutOff = /^(ECONNRESET|EPIPE|)$/;
const request = Buffer.from('GET / HTTP/1.0\r\n\r\n');

/** Says back what it hears, behind the address it comes from. */
const echo = (): Server =>
  createServer({ allowHalfOpen: true }, (socket) => {
    const { remoteAddress, isBehindProxy } = arrivalOf(socket);
    const heard: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => heard.push(chunk));
    socket.on('end', () =>
      socket.end(`${remoteAddress} ${isBehindProxy} ${Buffer.concat(heard).toString('hex')}`),
    );
  });
const http = (): Server =>
  createHttpServer((asked: IncomingMessage, response) =>
    response.end(`hello ${arrivalOf(asked.socket).remoteAddress}`),
  );

describe.each([
  ['TCP', echo, /^127\.0\.0\.1:\d+ false 474554/],
  ['HTTP', http, /hello 127\.0\.0\.1:\d+$/],
])('%s without a proxy', (_name, make, expected) => {
  test('who may enter gets what the server has to say, and is counted until it leaves', async () => {
    const { door, port } = await guarded(make(), open);
    expect(await say(port, [request])).toMatch(expected);
    expect(door.asked).toEqual(['127.0.0.1:port']);
    await until('the visit to end', () => door.standing === 0);
  });

  test('who may not is cut off before the server sees anything', async () => {
    const server = make();
    let seen = 0;
    server.on('connection', () => seen++);
    const { door, port } = await guarded(server, open);
    door.isOpen = false;
    expect(await say(port, [request])).toMatch(cutOff);
    expect(door.asked).toEqual(['127.0.0.1:port']);
    expect(seen).toBe(0);
  });
});

test('who is gone already is no news', async () => {
  const server = echo();
  const { door } = await guarded(server, { ...proxied, trusted: ['192.0.2.1'] });
  const gone = new Socket();
  server.emit('connection', gone);
  expect([gone.destroyed, door.asked, door.refused]).toEqual([true, [], []]);
});

test('TLS: who may not is cut off before the handshake', async () => {
  const server = createTlsServer({});
  const faults: unknown[] = [];
  server.on('tlsClientError', (error) => faults.push(error));
  const { door, port } = await guarded(server, open);
  door.isOpen = false;
  expect(await say(port, [request])).toMatch(cutOff);
  expect(faults).toEqual([]);
});

describe('the PROXY header of a trusted proxy', () => {
  const behind = Buffer.from('PROXY \r\n\0 what the device says', 'latin1');

  test.each(goodHeaders)('%s: is believed, and nothing behind it is lost', async (_name, header, source) => {
    const { door, port } = await guarded(echo(), proxied);
    const whole = Buffer.concat([header, behind]);
    const told = await say(port, [whole]);
    const address = source === undefined ? /^127\.0\.0\.1:\d+ false/ : /^\S+ true/;
    expect(told).toMatch(address);
    expect(told).toContain(` ${behind.toString('hex')}`);
    const bracketed = source?.address.includes(':') ? `[${source.address}]` : source?.address;
    expect(door.asked).toEqual([
      source === undefined ? '127.0.0.1:port' : `${bracketed}:${source.port}`.replace(/:\d{5}$/, ':port'),
    ]);
    await until('the visit to end', () => door.standing === 0);
  });

  test.each([goodHeaders[0]!, goodHeaders[9]!])('%s: wherever it is split', async (_name, header, source) => {
    const { port } = await guarded(echo(), proxied);
    const whole = Buffer.concat([header, behind]);
    const splits = Array.from({ length: whole.length - 1 }, (_, i) => i + 1);
    const told = await Promise.all(
      splits.map((at) => say(port, [whole.subarray(0, at), whole.subarray(at)])),
    );
    const expected = `${source!.address}:${source!.port} true ${behind.toString('hex')}`;
    expect(new Set(told)).toEqual(new Set([expected]));
    expect(
      await say(
        port,
        [...whole].map((byte) => Buffer.from([byte])),
      ),
    ).toBe(expected);
  });

  test.each(badHeaders)('%s: is refused', async (_name, bytes) => {
    const { door, port } = await guarded(echo(), proxied);
    expect(await say(port, [bytes], false)).toMatch(cutOff);
    expect(door.refused).toEqual(['bad-proxy-header']);
    expect(door.asked).toEqual([]);
  });

  test('is refused where it ends within, and no news where there is nothing of it', async () => {
    const { door, port } = await guarded(echo(), proxied);
    await say(port, [goodHeaders[0]![1].subarray(0, 20)]);
    await say(port, []);
    expect(door.refused).toEqual(['bad-proxy-header']);
  });

  test('is waited for so long and no longer, however it trickles', async () => {
    const { door, port } = await guarded(echo(), { ...proxied, timeoutMs: 100 });
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {});
    let at = 0;
    const trickle = setInterval(() => socket.write(goodHeaders[4]![1].subarray(at, ++at)), 20);
    onTestFinished(() => clearInterval(trickle));
    await until('the end', () => socket.destroyed);
    expect(door.refused).toEqual(['handshake-timeout']);
  });

  test('decides who may enter', async () => {
    const { door, port } = await guarded(echo(), proxied);
    door.isOpen = false;
    expect(await say(port, [goodHeaders[0]![1]])).toMatch(cutOff);
    expect(door.asked).toEqual(['203.0.113.9:8080']);
  });

  test('goes before HTTP', async () => {
    const { port } = await guarded(http(), proxied);
    expect(await say(port, [Buffer.concat([goodHeaders[0]![1], request])])).toMatch(
      /hello 203\.0\.113\.9:8080$/,
    );
    expect(await say(port, [goodHeaders[8]![1], request])).toMatch(/hello 203\.0\.113\.9:8080$/);
  });

  test('goes before TLS: who is behind it is known of the socket that is secured, and of one that fails', async () => {
    const server = createTlsServer(pemOf(makeCertificate(commonName('server'))));
    const known: string[] = [];
    for (const event of ['secureConnection', 'tlsClientError'])
      server.on(event, (...told: unknown[]) =>
        known.push(`${event} ${arrivalOf(told.at(-1) as Socket).remoteAddress}`),
      );
    const { door, port } = await guarded(server, proxied);
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.write(goodHeaders[0]![1]);
    const secured = connectTls({ socket, rejectUnauthorized: false });
    await once(secured, 'secureConnect');
    await until('both ends to be secured', () => known.length === 1);
    expect([door.standing, door.securing]).toEqual([1, 0]);
    secured.destroy();
    await say(port, [goodHeaders[0]![1], request]);
    await until('the failure', () => known.length === 2);
    expect(known).toEqual(['secureConnection 203.0.113.9:8080', 'tlsClientError 203.0.113.9:8080']);
  });

  test('of anybody else is not even read', async () => {
    const { door, gate, port } = await guarded(echo(), { ...proxied, trusted: ['192.0.2.0/24'] });
    expect(await say(port, [goodHeaders[0]![1]])).toMatch(cutOff);
    expect(door.refused).toEqual(['untrusted-proxy']);
    expect(door.asked).toEqual([]);
    gate.configure(proxied);
    expect(await say(port, [goodHeaders[0]![1]])).toMatch(/^203/);
  });
});
