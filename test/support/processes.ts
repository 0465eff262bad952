import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

/** The repository's root directory. */
export const repositoryRoot = fileURLToPath(new URL('../../', import.meta.url));

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

// Linux kills the child with us even when we are killed ourselves; elsewhere the exit handler above has to do.
const hasSetpriv = spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0;

/** A child process that cannot outlive the test run, with its output collected line by line. */
export class OwnedProcess {
  readonly child: ChildProcess;
  /** Complete lines of stdout and stderr, in the order they came. */
  readonly lines: string[] = [];
  /** Exit code, or the signal's name. Also when the program could not be started at all. */
  readonly exited: Promise<number | string>;
  exit: number | string | undefined;

  constructor(
    command: string,
    args: readonly string[],
    options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
  ) {
    const [file, argv] = hasSetpriv
      ? ['setpriv', ['--pdeathsig', 'KILL', command, ...args]]
      : [command, [...args]];
    this.child = spawn(file, argv, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    running.add(this.child);
    this.#collect(this.child.stdout);
    this.#collect(this.child.stderr);
    this.exited = new Promise((resolve) => {
      this.child.once('error', (error) => resolve(this.#ended(`cannot start: ${error.message}`)));
      this.child.once('close', (code, signal) => resolve(this.#ended(code ?? signal ?? 'unknown')));
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Kills it with SIGKILL, whatever state it is in, and waits until it is gone. */
  async kill(): Promise<void> {
    if (this.exit === undefined) this.child.kill('SIGKILL');
    await this.exited;
  }

  #ended(how: number | string): number | string {
    running.delete(this.child);
    return (this.exit ??= how);
  }

  #collect(stream: NodeJS.ReadableStream | null): void {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      this.lines.push(...lines);
    });
  }
}

/** Whether a program answers on the PATH. */
export const isInstalled = (command: string, ...args: string[]): boolean =>
  spawnSync(command, args).error === undefined;

/** Each worker of vitest has a thousand ports of its own: what one has found free, no other takes before it is used. */
const firstPort = 10_000 + (Number(process.env['VITEST_POOL_ID'] ?? 0) % 20) * 1_000;
/** Handed out lately, and perhaps not used yet. */
const recentPorts: number[] = [];

/**
 * A TCP port of 127.0.0.1 nobody listens on at the moment. It is below those that systems hand out by themselves (Linux
 * from 32768, others from 49152), so that no connection of a test takes it while the server that had it is away.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = firstPort + Math.floor(Math.random() * 1_000);
    if (!(await isFree(port)) || recentPorts.includes(port)) continue;
    recentPorts.push(port);
    if (recentPorts.length > 100) recentPorts.shift();
    return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const isListening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (isListening) await new Promise((resolve) => server.close(resolve));
  return isListening;
}
