import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild, type Child } from './child.ts';

export interface PrivateRedis extends Child {
  port: number;
  url: string;
}

/**
 * A Redis of our own on a free loopback port, without persistence, gone with `stop`. The program is `redis-server`, or
 * what TRIBUTARY_REDIS_SERVER names.
 */
export async function startRedis(): Promise<PrivateRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'tributary-bench-'));
  const port = await freePort();
  const settings: Record<string, string> = {
    'port': String(port),
    'bind': '127.0.0.1',
    'dir': directory,
    'save': '',
    'appendonly': 'no',
    'maxmemory-policy': 'noeviction',
    'daemonize': 'no',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const isReady = (line: string): true | undefined =>
    line.includes('eady to accept connections') ? true : undefined;
  const child = await startChild(
    process.env['TRIBUTARY_REDIS_SERVER'] ?? 'redis-server',
    args,
    process.env,
    isReady,
  );
  return {
    pid: child.pid,
    port,
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      await child.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
