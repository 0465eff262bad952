import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { startChild, type Child } from './child.ts';
import { temporaryDirectory } from './temporary.ts';

export interface PrivateRedis extends Child {
  port: number;
  url: string;
}

const setpriv = '/usr/bin/setpriv';

/**
 * A Redis of our own on a free loopback port, without persistence, gone with `stop`. The program is `redis-server`, or
 * what TRIBUTARY_REDIS_SERVER names.
 */
export async function startRedis(): Promise<PrivateRedis> {
  const directory = await temporaryDirectory();
  const port = await freePort();
  const settings: Record<string, string> = {
    'port': String(port),
    'bind': '127.0.0.1',
    'dir': directory.path,
    'save': '',
    'appendonly': 'no',
    'maxmemory-policy': 'noeviction',
    'daemonize': 'no',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const isReady = (line: string): true | undefined =>
    line.includes('eady to accept connections') ? true : undefined;
  const program = process.env['TRIBUTARY_REDIS_SERVER'] ?? 'redis-server';
  // Where there is setpriv, the kernel ends it with this process however that ends.
  const [command, ...before] = existsSync(setpriv) ? [setpriv, '--pdeathsig', 'KILL', program] : [program];
  const child = await startChild(command!, [...before, ...args], process.env, isReady);
  return {
    pid: child.pid,
    port,
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      await child.stop();
      await directory.remove();
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
