import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A running child process. */
export interface Child {
  pid: number;
  /** TERM, then KILL after 12 s. Idempotent. */
  stop(): Promise<void>;
}

const children = new Set<ChildProcess>();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

/** Starts a program and waits for the first line of its stdout that `isReady` returns something for. */
export async function startChild<Ready>(
  command: string,
  args: string[],
  environment: NodeJS.ProcessEnv,
  isReady: (line: string) => Ready | undefined,
): Promise<Child & { ready: Ready }> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: environment });
  children.add(child);
  const said: string[] = [];
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  void exited.then(() => children.delete(child));
  child.stderr.on('data', (bytes: Buffer) => remember(said, bytes.toString()));
  const ready = await new Promise<Ready>((resolve, reject) => {
    const fail = (why: string): void =>
      reject(new Error(`${command} ${args.join(' ')} ${why}\n${said.join('\n')}`));
    const timer = setTimeout(() => fail('was not ready within 15 s'), 15_000);
    child.once('error', (error) => fail(`did not start: ${error.message}`));
    void exited.then(() => fail('ended before it was ready'));
    createInterface({ input: child.stdout }).on('line', (line) => {
      remember(said, line);
      const answer = isReady(line);
      if (answer === undefined) return;
      clearTimeout(timer);
      resolve(answer);
    });
  }).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    pid: child.pid!,
    ready,
    stop: async () => {
      if (!children.has(child)) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 12_000);
      await exited;
      clearTimeout(timer);
    },
  };
}

function remember(said: string[], line: string): void {
  said.push(line.slice(0, 2000));
  if (said.length > 20) said.shift();
}
