import { join } from 'node:path';
import { OwnedProcess, repositoryRoot } from './processes.ts';
import { testPassword } from './sign-in.ts';
import { until } from './until.ts';

const program = join(repositoryRoot, 'apps/admin/dist/main.js');

export interface AdminOptions {
  redisUrl: string;
  /** Of the same name at each start, when it is to be found again; default any free one. */
  port?: number;
  env?: NodeJS.ProcessEnv;
}

/** An admin process, ready. */
export class Admin {
  /** `http://127.0.0.1:PORT` */
  readonly address: string;
  readonly process: OwnedProcess;

  constructor(process: OwnedProcess, address: string) {
    this.process = process;
    this.address = address;
  }

  /** Everything it printed. */
  get output(): string {
    return this.process.lines.join('\n');
  }

  kill(): Promise<void> {
    return this.process.kill();
  }

  /** Ends it by SIGTERM. @returns its exit code */
  stop(): Promise<number | string> {
    this.process.signal('SIGTERM');
    return this.process.exited;
  }
}

/** Starts the built admin; `admin` has the password of tests unless `env` takes it away. */
export async function startAdmin({ redisUrl, port = 0, env = {} }: AdminOptions): Promise<Admin> {
  const started = new OwnedProcess(process.execPath, [program], {
    env: {
      PATH: process.env['PATH'],
      TRIBUTARY_REDIS_URL: redisUrl,
      TRIBUTARY_ADMIN_PORT: String(port),
      TRIBUTARY_ADMIN_FIRST_PASSWORD: testPassword,
      ...env,
    },
  });
  const ready = await until(
    () => `the admin to be ready; it said:\n${started.lines.join('\n')}`,
    () => {
      if (started.exit !== undefined) throw new Error('the admin ended');
      return started.lines.find((line) => line.includes('"admin ready"'));
    },
    { deadlineMs: 30_000 },
  );
  return new Admin(started, (JSON.parse(ready) as { address: string }).address);
}

/** Runs the admin's program to its end with these arguments. */
export async function runAdmin(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | string; output: string }> {
  const run = new OwnedProcess(process.execPath, [program, ...args], {
    env: { PATH: process.env['PATH'], ...env },
  });
  const code = await run.exited;
  return { code, output: run.lines.join('\n') };
}
