import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PeerOptions } from '../peers/peer-options.ts';
import { startChild, type Child } from './child.ts';
import type { PrivateRedis } from './redis-server.ts';
import { temporaryDirectory } from './temporary.ts';

export type ServerName = 'floor' | 'tributary' | 'aedes';

export interface RunningServer extends Child {
  /** Where it listens: `mqtt`, `ws`, … → port on 127.0.0.1. */
  ports: Record<string, number>;
}

/** The same for all that are compared. */
export const shared = { namespace: 'tributary', partitions: 16, streamMaxLength: 1_000_000 } as const;

/** Starts one of the servers against a Redis, ready to take connections. `config`: sections of the gateway's own, `nodeOptions` its Node's. */
export async function startServer(
  name: ServerName,
  redis: PrivateRedis,
  config: object = {},
  nodeOptions: readonly string[] = [],
): Promise<RunningServer> {
  if (name === 'tributary') return startGateway(redis, config, nodeOptions);
  const options: PeerOptions = { redisPort: redis.port, ...shared };
  const child = await startChild(
    process.execPath,
    [built(`../peers/${name}.js`), JSON.stringify(options)],
    process.env,
    readyPorts,
  );
  return { ...child, ports: child.ready };
}

async function startGateway(
  redis: PrivateRedis,
  config: object,
  nodeOptions: readonly string[],
): Promise<RunningServer> {
  const directory = await temporaryDirectory();
  const file = join(directory.path, 'gateway.json');
  await writeFile(file, JSON.stringify({ ...gatewayConfig(redis), ...config }));
  const main = built('../../../../apps/gateway/dist/main.js');
  try {
    const args = [...nodeOptions, main, '--config', file];
    const child = await startChild(process.execPath, args, environment(), readyPorts);
    return {
      pid: child.pid,
      ports: child.ready,
      stop: async () => {
        await child.stop();
        await directory.remove();
      },
    };
  } catch (error) {
    await directory.remove();
    throw error;
  }
}

function gatewayConfig(redis: PrivateRedis): object {
  const local = { host: '127.0.0.1', port: 0 };
  return {
    node: { id: 'bench' },
    redis: { url: redis.url, namespace: shared.namespace },
    partitions: shared.partitions,
    workers: 1,
    listeners: [
      { name: 'mqtt', protocol: 'mqtt', ...local },
      { name: 'ws', protocol: 'ws', ...local },
    ],
    ops: local,
    auth: { anonymous: true },
    log: { level: 'info' },
    uplink: { streamMaxLength: shared.streamMaxLength },
  };
}

// The environment overrides the file; what is set on this machine must not change what is measured.
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('TRIBUTARY_'));
  return { ...Object.fromEntries(own), TRIBUTARY_PARENT_WATCH: String(process.pid) };
}

function readyPorts(line: string): Record<string, number> | undefined {
  if (!line.includes('"gateway ready"')) return undefined;
  const { addresses } = JSON.parse(line) as { addresses: Record<string, string> };
  return Object.fromEntries(
    Object.entries(addresses).map(([name, address]) => [
      name,
      Number(address.slice(address.lastIndexOf(':') + 1)),
    ]),
  );
}

// Programs are run as built, also when this file itself is run from its source.
function built(path: string): string {
  const here = import.meta.url.endsWith('.ts') ? '../../dist/src/measure/' : './';
  return fileURLToPath(new URL(path, new URL(here, import.meta.url)));
}
