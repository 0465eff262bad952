import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { signIn } from '../support/sign-in.ts';
import { until as poll } from '../support/until.ts';

// `npm start` itself, in a state directory of its own and on free ports.

const root = join(import.meta.dirname, '../..');

interface RunFile {
  readonly owner: { readonly pid: number };
  readonly children: readonly { readonly name: string; readonly pid: number }[];
  readonly redisUrl?: string;
  readonly addresses: Readonly<Record<string, string>>;
  readonly dashboard: string;
}

interface Started {
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly exit: Promise<number>;
}

const config = `
node: { id: gw-start }
listeners:
  - { name: mqtt, protocol: mqtt, host: 127.0.0.1, port: 0 }
  - { name: ws, protocol: ws, host: 127.0.0.1, port: 0 }
ops: { host: 127.0.0.1, port: 0 }
auth: { anonymous: true }
`;

let dir: string;
let started: Started[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tributary-start-'));
  started = [];
  await writeFile(join(dir, 'gateway.yaml'), config);
});

afterEach(async () => {
  for (const { process: child, exit } of started) {
    child.kill('SIGTERM');
    await exit;
  }
  await rm(dir, { recursive: true, force: true });
});

function start(script = 'start.mjs', env: NodeJS.ProcessEnv = {}, args: readonly string[] = []): Started {
  const child = spawn(process.execPath, [join(root, 'scripts', script), ...args], {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      TRIBUTARY_STATE_DIR: join(dir, 'state'),
      TRIBUTARY_CONFIG: join(dir, 'gateway.yaml'),
      TRIBUTARY_ADMIN_PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exit = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  const one = { process: child, output: () => output, exit };
  started.push(one);
  return one;
}

const until = <T>(what: string, look: () => Promise<T | undefined> | T | undefined) =>
  poll(() => `${what}\n${started.map((one) => one.output()).join('\n')}`, look, { deadlineMs: 30_000 });

const runFile = join('state', 'run.json');

const ready = () =>
  until('the system to be ready', async () => {
    const text = await readFile(join(dir, runFile), 'utf8').catch(() => '{}');
    const run = JSON.parse(text) as RunFile;
    return run.redisUrl === undefined ? undefined : run;
  });

const pidOf = (run: RunFile, name: string) => run.children.find((child) => child.name === name)?.pid ?? 0;

/** Whether it runs; one that ended and only waits to be reaped does not. */
async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return !stat.includes(') Z ');
}

const runningOf = async (run: RunFile) => {
  const answers = await Promise.all(
    run.children.map(async ({ name, pid }) => ((await isRunning(pid)) ? [name] : [])),
  );
  return answers.flat();
};

async function ask(url: string, use: (redis: Redis) => Promise<unknown>): Promise<unknown> {
  const redis = new Redis(url, { maxRetriesPerRequest: 0 });
  redis.on('error', () => undefined);
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

test('npm start serves everything, keeps its data over a restart and leaves no process behind', async () => {
  const first = start();
  const run = await ready();
  const page = await fetch(run.dashboard);
  expect(page.status).toBe(200);
  const health = await fetch(`http://${run.addresses['ops']}/readyz`);
  expect(health.status).toBe(200);
  await until('the addresses to be printed', () => first.output().includes('npm run demo') || undefined);
  for (const address of [run.dashboard, run.addresses['mqtt'], `${run.addresses['ws']}/ws`, run.redisUrl])
    expect(first.output()).toContain(address);
  expect(await ask(run.redisUrl ?? '', (redis) => redis.config('GET', 'appendfsync'))).toEqual([
    'appendfsync',
    'always',
  ]);
  await ask(run.redisUrl ?? '', (redis) => redis.set('kept', 'yes'));

  first.process.kill('SIGTERM');
  expect(await first.exit).toBe(0);
  expect(await runningOf(run)).toEqual([]);
  await expect(stat(join(dir, runFile))).rejects.toThrow('ENOENT');

  start();
  const again = await ready();
  expect(await ask(again.redisUrl ?? '', (redis) => redis.get('kept'))).toBe('yes');
});

/** The password as `npm start` prints it; undefined when it prints none. */
const printedPassword = (one: Started) =>
  /Password +([0-9a-z]{5}(?:-[0-9a-z]{5}){3})\n/.exec(one.output())?.[1];

const greeted = (one: Started) =>
  until('the greeting', () => one.output().includes('npm run demo') || undefined);

async function everythingKept(): Promise<string> {
  const folder = join(dir, 'state');
  const names = await readdir(folder, { recursive: true });
  const texts = names.map((name) => readFile(join(folder, name), 'latin1').catch(() => ''));
  return (await Promise.all(texts)).join('\n');
}

test('the first start prints a password that signs in, once, and keeps it nowhere', async () => {
  const first = start();
  const run = await ready();
  await greeted(first);
  const password = printedPassword(first) ?? '';
  expect(first.output().split(password)).toHaveLength(2);
  await signIn(run.dashboard, { password });
  await expect(signIn(run.dashboard, { password: `${password}x` })).rejects.toThrow('wrong-credentials');
  expect(await everythingKept()).not.toContain(password);

  first.process.kill('SIGTERM');
  await first.exit;
  expect(await everythingKept()).not.toContain(password);
  const second = start();
  const again = await ready();
  await greeted(second);
  expect(printedPassword(second)).toBeUndefined();
  expect(second.output()).toContain('as before');
  await signIn(again.dashboard, { password });

  const reset = start('run.mjs', {}, ['reset-password']);
  expect(await reset.exit).toBe(0);
  const renewed = /^ +([0-9a-z]{5}(?:-[0-9a-z]{5}){3})$/m.exec(reset.output())?.[1] ?? '';
  await until('the running admin to know', () =>
    signIn(again.dashboard, { password: renewed }).catch(() => undefined),
  );
  await expect(signIn(again.dashboard, { password })).rejects.toThrow('wrong-credentials');
});

test('a first password that was given is taken, and not printed', async () => {
  const password = 'given by the environment';
  const one = start('start.mjs', { TRIBUTARY_ADMIN_FIRST_PASSWORD: password });
  const run = await ready();
  await greeted(one);
  await signIn(run.dashboard, { password });
  expect(one.output()).toContain('TRIBUTARY_ADMIN_FIRST_PASSWORD');
  expect(one.output() + (await everythingKept())).not.toContain(password);
});

test.each(['redis', 'gateway', 'admin'])(
  'when %s dies the rest is stopped, with a clear word',
  async (name) => {
    const one = start();
    const run = await ready();
    process.kill(pidOf(run, name), 'SIGKILL');
    expect(await one.exit).toBe(1);
    expect(one.output()).toContain(`${name} was ended by SIGKILL; stopping the rest`);
    expect(await runningOf(run)).toEqual([]);
  },
);

// Elsewhere the kernel has no such service: there the apps watch their parent, and the next start ends the rest.
test.skipIf(process.platform !== 'linux')(
  'killed with KILL it leaves nothing running, and the next start takes over',
  async () => {
    const one = start();
    const run = await ready();
    one.process.kill('SIGKILL');
    await one.exit;
    await until('the children to end', async () => (await runningOf(run)).length === 0 || undefined);
    const next = start();
    await until('the next owner', async () =>
      (await ready()).owner.pid === next.process.pid ? true : undefined,
    );
  },
);

test('a second npm start on the same data is refused', async () => {
  start();
  const run = await ready();
  const second = start();
  expect(await second.exit).toBe(1);
  expect(second.output()).toContain(`npm start already runs in this directory (process ${run.owner.pid})`);
  expect(await runningOf(run)).toEqual(['redis', 'gateway', 'admin']);
});

test('a taken port is named, with the way to another', async () => {
  start();
  const run = await ready();
  const port = new URL(run.dashboard).port;
  const second = start('start.mjs', { TRIBUTARY_STATE_DIR: join(dir, 'other'), TRIBUTARY_ADMIN_PORT: port });
  expect(await second.exit).toBe(1);
  expect(second.output()).toContain(`Port ${port}, which the admin wants, is taken.`);
  expect(second.output()).toContain('TRIBUTARY_ADMIN_PORT=0 npm start');
});
