import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { until } from './until.ts';

// Linux ends the child with us even when we are killed ourselves; elsewhere the exit handler below has to do.
const pdeathsig = ['setpriv', '--pdeathsig', 'KILL'];
const hasSetpriv = spawnSync(pdeathsig[0]!, [...pdeathsig.slice(1), 'true']).status === 0;

/** A Redis of one test file alone, to be killed and started again: unless told otherwise each write is on disk before its reply. */
export class OwnRedis {
  readonly url: string;
  readonly #port: number;
  readonly #isDurable: boolean;
  readonly #dir = mkdtempSync(join(tmpdir(), 'tributary-own-redis-'));
  #child: ChildProcess | undefined;
  readonly #endWithUs = (): void => void this.#child?.kill('SIGKILL');

  private constructor(port: number, isDurable: boolean) {
    this.#port = port;
    this.#isDurable = isDurable;
    this.url = `redis://127.0.0.1:${port}`;
    process.once('exit', this.#endWithUs);
  }

  static async start({ isDurable = true } = {}): Promise<OwnRedis> {
    const redis = new OwnRedis(await freePort(), isDurable);
    await redis.start();
    return redis;
  }

  /** Starts it, again after `kill`, and waits until it answers. */
  async start(): Promise<void> {
    const settings = {
      ...{ port: String(this.#port), bind: '127.0.0.1', dir: this.#dir },
      ...{ save: '', appendonly: this.#isDurable ? 'yes' : 'no', appendfsync: 'always' },
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const program = process.env['TRIBUTARY_REDIS_SERVER'] ?? 'redis-server';
    const [file, ...before] = hasSetpriv ? [...pdeathsig, program] : [program];
    this.#child = spawn(file!, [...before, ...args], { stdio: 'ignore' });
    const client = new Redis(this.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
    client.on('error', () => undefined);
    try {
      const child = this.#child;
      await until('redis-server to answer', async () => {
        if (child.exitCode !== null) throw new Error(`redis-server ended: ${child.exitCode}`);
        return (await client.ping()) === 'PONG';
      });
    } finally {
      client.disconnect();
    }
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Freezes it: connections stay open, nothing is answered. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    await this.kill();
    process.off('exit', this.#endWithUs);
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

/**
 * A port that nobody listens on, below those that systems hand out by themselves (from 32768 on Linux): while Redis is away
 * no connection takes it, not even that of a client to this very port.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
