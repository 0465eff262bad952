import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { guardEntrance } from './accept-gate.ts';

/** What a client is told that sends a request at once; the error's code when it is cut off. */
async function answerOf(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.end('GET / HTTP/1.0\r\n\r\n');
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    socket.on('close', () => resolve(text));
  });
}

const servers: [string, (saw: () => void) => Server, string][] = [
  [
    'TCP',
    (saw) =>
      createServer((socket) => {
        saw();
        socket.end('hello');
      }),
    'hello',
  ],
  [
    'HTTP',
    (saw) =>
      createHttpServer((_request, response) => {
        saw();
        response.end('hello');
      }),
    'HTTP/1.1 200 OK',
  ],
];

test.each(servers)('%s: who may enter gets what the server has to say', async (_name, make, expected) => {
  const server = make(() => undefined);
  guardEntrance(server, () => true);
  expect(await answerOf(server)).toMatch(new RegExp(`^${expected}`));
});

test.each(servers)('%s: who may not is cut off before the server sees anything', async (_name, make) => {
  let seen = 0;
  const server = make(() => seen++);
  server.on('connection', () => seen++);
  const asked: (string | undefined)[] = [];
  guardEntrance(server, ({ remoteAddress }) => {
    asked.push(remoteAddress);
    return false;
  });
  expect(await answerOf(server)).toMatch(/^(ECONNRESET|EPIPE|)$/);
  expect(asked).toEqual(['127.0.0.1']);
  expect(seen).toBe(0);
});

test('TLS: who may not is cut off before the handshake', async () => {
  const server = createTlsServer({});
  const faults: unknown[] = [];
  server.on('tlsClientError', (error) => faults.push(error));
  guardEntrance(server, () => false);
  expect(await answerOf(server)).toMatch(/^(ECONNRESET|EPIPE|)$/);
  expect(faults).toEqual([]);
});
