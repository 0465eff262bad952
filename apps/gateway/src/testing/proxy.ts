import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A path to Redis that can lose what comes back over it. */
export class ReplyLoser {
  /** Redis gets everything and its replies are lost, until the connection is. */
  isDeaf = false;
  readonly #server: Server;
  readonly #clients = new Set<Socket>();

  private constructor(port: number) {
    this.#server = createServer({ noDelay: true }, (client) => {
      const redis = connect({ port, host: '127.0.0.1', noDelay: true });
      this.#clients.add(client);
      client.on('data', (chunk) => redis.write(chunk));
      redis.on('data', (chunk) => {
        if (!this.isDeaf) client.write(chunk);
      });
      client.on('error', () => undefined).on('close', () => redis.destroy());
      redis.on('error', () => undefined).on('close', () => client.destroy());
      client.once('close', () => this.#clients.delete(client));
    });
  }

  /** `redisUrl`: where it leads to. */
  static async start(redisUrl: string): Promise<ReplyLoser> {
    const loser = new ReplyLoser(Number(new URL(redisUrl).port));
    loser.#server.listen(0, '127.0.0.1');
    await once(loser.#server, 'listening');
    return loser;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ends all connections; those that follow get their replies. */
  cut(): void {
    this.isDeaf = false;
    for (const client of this.#clients) client.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
