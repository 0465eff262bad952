import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort, OwnedProcess } from './processes.ts';
import { until } from './until.ts';

export interface RedisOptions {
  /** Append-only file with `appendfsync always`: what Redis replied to survives its kill. Default false. */
  aof?: boolean;
  /** Data directory; default a new one that goes with the server. */
  dir?: string;
  /** Default a free port. */
  port?: number;
  /** Further `--name value` settings. */
  settings?: Record<string, string>;
}

/** A private Redis that can be killed, restarted on the same port and data, and frozen. */
export class RedisServer {
  readonly port: number;
  readonly url: string;
  /** The test's own connection. It reconnects by itself; a command sent while Redis is away waits. */
  readonly client: Redis;
  readonly #dir: string;
  readonly #ownsDir: boolean;
  readonly #options: RedisOptions;
  #process: OwnedProcess | undefined;

  constructor(port: number, options: RedisOptions) {
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
    this.#options = options;
    this.#ownsDir = options.dir === undefined;
    this.#dir = options.dir ?? mkdtempSync(join(tmpdir(), 'tributary-redis-'));
    this.client = new Redis(this.url, {
      lazyConnect: true,
      maxRetriesPerRequest: null,
      retryStrategy: () => 50,
    });
    this.client.on('error', () => undefined); // away on purpose, in many tests
  }

  get pid(): number | undefined {
    return this.#process?.child.pid;
  }

  /** Starts it, again after `kill`, and waits until it answers. */
  async start(): Promise<void> {
    const settings = {
      port: String(this.port),
      bind: '127.0.0.1',
      dir: this.#dir,
      save: '',
      daemonize: 'no',
      appendonly: this.#options.aof ? 'yes' : 'no',
      appendfsync: 'always',
      ...this.#options.settings,
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const server = new OwnedProcess(process.env['TRIBUTARY_REDIS_SERVER'] ?? 'redis-server', args);
    this.#process = server;
    const ended = server.exited.then((how) => {
      throw new Error(`redis-server ended: ${how}; it said:\n${server.lines.join('\n')}`);
    });
    await Promise.race([this.#answers(server), ended]);
  }

  async #answers({ lines }: OwnedProcess): Promise<void> {
    // Its own word, not only an answer: another one may have taken the port since it was found to be free.
    await until(
      () => `redis-server to be ready; it said:\n${lines.join('\n')}`,
      () => lines.some((line) => line.includes('Ready to accept connections')),
    );
    await until('redis-server to answer', async () => (await this.client.ping()) === 'PONG');
  }

  /** `kill -9`: nothing is written, nobody is told. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** Freezes it: connections stay open, nothing is answered. */
  pause(): void {
    this.#process?.signal('SIGSTOP');
  }

  resume(): void {
    this.#process?.signal('SIGCONT');
  }

  /** Ends it and removes its data, unless the directory was given. */
  async stop(): Promise<void> {
    this.client.disconnect();
    await this.kill();
    if (this.#ownsDir) rmSync(this.#dir, { recursive: true, force: true });
  }
}

/** Starts a private Redis; `stop()` it in `afterAll`. It dies with the test run in any case. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const server = new RedisServer(options.port ?? (await freePort()), options);
  try {
    await server.start();
    return server;
  } catch (error) {
    await server.stop();
    if (options.port !== undefined || !String(error).includes('Address already in use')) throw error;
    return startRedis(options);
  }
}
