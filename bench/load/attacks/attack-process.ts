import { spawn, type ChildProcess } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { AttackPlan, AttackReport } from './attack.ts';

/** An attack as a child process at the lowest priority: what it costs by itself should be nobody else's time. */
export class AttackProcess {
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  constructor(plan: AttackPlan) {
    const built = import.meta.url.endsWith('.ts') ? '../../dist/load/attacks/worker.js' : './worker.js';
    const worker = fileURLToPath(new URL(built, import.meta.url));
    this.#child = spawn(process.execPath, [worker, JSON.stringify(plan)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (this.#child.pid !== undefined) setPriority(this.#child.pid, constants.priority.PRIORITY_LOW);
    this.#lines = createInterface({ input: this.#child.stdout! });
  }

  /** Resolves when the attack runs. @throws Error when it ended instead */
  async ready(): Promise<void> {
    await this.#next();
  }

  async report(): Promise<AttackReport> {
    const answer = this.#next();
    this.#child.stdin!.write('report\n');
    return JSON.parse(await answer) as AttackReport;
  }

  /** Ends the process and its sockets. Idempotent. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin!.end();
    await exited;
  }

  #next(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#lines.once('line', resolve);
      this.#child.once('exit', (code) => reject(new Error(`the attack ended (${code})`)));
    });
  }
}
