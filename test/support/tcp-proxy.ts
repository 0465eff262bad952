import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

interface Pair {
  client: Socket;
  server: Socket;
  /** What the client said, as far as it may carry its name. */
  said: string;
  isMuted: boolean;
  /** Said by the other side, and due at that time. */
  readonly held: { readonly chunk: Buffer; readonly dueMs: number }[];
}

/** Bytes of a connection in which its CLIENT SETNAME is looked for. */
const namedWithin = 4096;

/** An address that stays while what stands behind it changes, or a path that loses what is sent over it. */
export class TcpProxy {
  /** Port that new connections are led to. Those that stand stay where they are. */
  target: number;
  /** How late what the other side says arrives, in its order, ms. */
  replyDelayMs = 0;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();

  private constructor(target: number) {
    this.target = target;
    this.#server = createServer({ noDelay: true }, (client) => this.#accept(client));
  }

  static async start(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await new Promise((resolve) => proxy.#server.once('listening', resolve));
    return proxy;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /**
   * From now on everything sent over the standing connections whose client said `word` is lost, in both directions,
   * and nobody is told. Answers how many there are.
   */
  mute(word: string): number {
    const muted = [...this.#pairs].filter(({ said }) => said.includes(word));
    for (const pair of muted) pair.isMuted = true;
    return muted.length;
  }

  async stop(): Promise<void> {
    for (const { client } of this.#pairs) client.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #hold(pair: Pair, chunk: Buffer): void {
    const isFirst = pair.held.push({ chunk, dueMs: performance.now() + this.replyDelayMs }) === 1;
    if (isFirst) this.#handOn(pair);
  }

  #handOn(pair: Pair): void {
    while (pair.held.length > 0) {
      const { chunk, dueMs } = pair.held[0]!;
      const leftMs = dueMs - performance.now();
      if (leftMs > 0) {
        setTimeout(() => this.#handOn(pair), leftMs);
        return;
      }
      pair.client.write(chunk);
      pair.held.shift();
    }
  }

  #accept(client: Socket): void {
    const server = connect({ port: this.target, host: '127.0.0.1', noDelay: true });
    const pair: Pair = { client, server, said: '', isMuted: false, held: [] };
    this.#pairs.add(pair);
    client.on('data', (chunk) => {
      if (pair.said.length < namedWithin) pair.said += chunk.toString('latin1');
      if (!pair.isMuted) server.write(chunk);
    });
    server.on('data', (chunk) => {
      if (!pair.isMuted) this.#hold(pair, chunk);
    });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
    }
    client.once('close', () => this.#pairs.delete(pair));
  }
}
