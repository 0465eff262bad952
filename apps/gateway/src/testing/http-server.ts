import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
  type Socket,
} from 'node:net';
import { onTestFinished } from 'vitest';

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** An HTTP server on a free port of the loopback that answers as the test says, and counts. Gone when the test is. */
export class TestServer {
  /** What it answers from now on. */
  answer: Answer;
  /** Bodies it was sent. */
  readonly asked: string[] = [];
  readonly #server: Server;

  private constructor(answer: Answer) {
    this.answer = answer;
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        this.asked.push(body);
        this.answer(request, response, body);
      });
    });
  }

  static async start(answer: Answer): Promise<TestServer> {
    const server = new TestServer(answer);
    await listening(server.#server);
    onTestFinished(() => {
      server.#server.closeAllConnections();
      server.#server.close();
    });
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }
}

/** Answers with this JSON. */
export const json =
  (value: unknown, status = 200): Answer =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));

/** Ways in which a server can be no help, and what each does with a connection. */
export const hostileAnswers: readonly (readonly [name: string, behave: (socket: Socket) => void])[] = [
  ['hangs', () => {}],
  ['hangs up', (socket) => socket.destroy()],
  ['speaks no HTTP', (socket) => socket.end(Buffer.alloc(100_000, 0xff))],
  [
    'redirects',
    (socket) =>
      socket.end('HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n'),
  ],
  [
    'speaks another protocol from here on',
    (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
  ],
  [
    'has headers without end',
    (socket) => endless(socket, 'HTTP/1.1 200 OK\r\n', 'x-a: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'),
  ],
  ['has a body without end', (socket) => endless(socket, 'HTTP/1.1 200 OK\r\n\r\n', ' '.repeat(16_384))],
  ['drips', (socket) => drip(socket)],
  ['says more than it sends', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{}')],
  [
    'breaks its chunks',
    (socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}'),
  ],
];

/** A server that does this with whoever connects. @returns its URL */
export async function hostileServer(behave: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.once('data', () => behave(socket));
  });
  await listening(server);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function endless(socket: Socket, head: string, more: string): void {
  socket.write(head);
  const go = (): void => {
    while (!socket.destroyed && socket.write(more));
  };
  socket.on('drain', go);
  go();
}

function drip(socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n');
  const timer = setInterval(() => socket.write(' '), 20);
  socket.on('close', () => clearInterval(timer));
}

const listening = (server: Server | TcpServer): Promise<void> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
