import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { onTestFinished } from 'vitest';

/** A collector that takes octet-counted messages (RFC 6587 section 3.4.1), over TLS where it has a certificate. */
export class SyslogCollector {
  readonly messages: string[] = [];
  readonly sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(tls: { cert: string; key: string } | undefined) {
    const read = (socket: Socket): void => this.#read(socket);
    this.#server = tls === undefined ? createServer(read) : createTlsServer(tls, read);
    this.#server.on('tlsClientError', () => undefined);
  }

  /** On this port, or a free one; gone when the test is. */
  static async open(port = 0, tls?: { cert: string; key: string }): Promise<SyslogCollector> {
    const collector = new SyslogCollector(tls);
    onTestFinished(() => collector.close());
    collector.#server.listen(port, '127.0.0.1');
    await once(collector.#server, 'listening');
    return collector;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The numbers of its messages, as they came. */
  numbers(): number[] {
    return this.messages.map(sequenceIdOf);
  }

  /** Idempotent. */
  close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => void this.#server.close(() => resolve()));
  }

  #read(socket: Socket): void {
    this.sockets.add(socket);
    let rest = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (;;) {
        const [, digits = ''] = /^(\d+) /.exec(rest.toString('latin1', 0, 12)) ?? [];
        const end = digits.length + 1 + Number(digits);
        if (digits === '' || rest.length < end) return;
        this.messages.push(rest.toString('utf8', digits.length + 1, end));
        rest = rest.subarray(end);
      }
    });
  }
}

/** The number of a message (RFC 5424 section 7.3.1). */
export const sequenceIdOf = (message: string): number => Number(/sequenceId="(\d+)"/.exec(message)?.[1]);
