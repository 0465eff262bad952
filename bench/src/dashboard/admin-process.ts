import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { rssBytes } from '../measure/process-stats.ts';
import type { ProbeAnswer } from './loop-probe.ts';

const readyWithinMs = 20_000;
const password = 'a password for the bench';

/** The built admin as a process of its own, with a probe in it and somebody signed in. */
export interface AdminProcess {
  readonly address: string;
  readonly pid: number;
  /** What a signed-in browser sends. */
  readonly headers: Readonly<Record<string, string>>;
  /** Lateness of its event loop since the last question, and its memory. */
  probe(): Promise<ProbeAnswer & { rssBytes: number }>;
  stop(): Promise<void>;
}

export async function startAdminProcess(redisUrl: string, namespace: string): Promise<AdminProcess> {
  const probe = built('./loop-probe.js').href;
  const main = fileURLToPath(built('../../../../apps/admin/dist/main.js'));
  const child = spawn(process.execPath, ['--expose-gc', '--import', probe, main], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      TRIBUTARY_REDIS_URL: redisUrl,
      TRIBUTARY_REDIS_NAMESPACE: namespace,
      TRIBUTARY_ADMIN_PORT: '0',
      TRIBUTARY_ADMIN_FIRST_PASSWORD: password,
      TRIBUTARY_PARENT_WATCH: String(process.pid),
    },
  });
  const kill = (): boolean => child.kill('SIGKILL');
  process.once('exit', kill);
  const address = await readyAddress(child);
  return {
    address,
    pid: child.pid!,
    headers: await signIn(address),
    probe: async () => {
      child.send('tell');
      const [answer] = (await once(child, 'message')) as [ProbeAnswer];
      return { ...answer, rssBytes: rssBytes(child.pid!) };
    },
    stop: async () => {
      process.off('exit', kill);
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

function readyAddress(child: ChildProcess): Promise<string> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    const fail = (): void => {
      clearTimeout(timer);
      reject(new Error(`the admin is not ready:\n${said.join('\n')}`));
    };
    const timer = setTimeout(fail, readyWithinMs);
    child.once('exit', fail);
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (said.length < 50) said.push(line);
      if (!line.includes('"admin ready"')) return;
      clearTimeout(timer);
      child.off('exit', fail);
      resolve((JSON.parse(line) as { address: string }).address);
    });
  });
}

// Programs are run as built, also when this file itself is run from its source.
function built(path: string): URL {
  const here = import.meta.url.endsWith('.ts') ? '../../dist/src/dashboard/' : './';
  return new URL(path, new URL(here, import.meta.url));
}

async function signIn(address: string): Promise<Record<string, string>> {
  const response = await fetch(`${address}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tributary-csrf': '1' },
    body: JSON.stringify({ name: 'admin', password }),
  });
  if (response.status !== 200) throw new Error(`not signed in: ${await response.text()}`);
  return { 'cookie': response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '', 'x-tributary-csrf': '1' };
}
