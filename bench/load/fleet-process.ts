import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FleetAnswer, FleetCommand } from './commands.ts';
import type { FleetReport, Heard } from './fleet.ts';
import type { HistogramRecord } from './histogram.ts';
import type { Ledger } from './ledger.ts';
import type { FleetPlan, Pattern } from './plan.ts';

type Order<Command> = Command extends FleetCommand ? Omit<Command, 'id' | 'fleet'> : never;
interface Waiter {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

/** A fleet in a process of its own that may hold several; its CPU time is not the caller's. */
export class RemoteFleet {
  readonly #tell: (order: Order<FleetCommand>) => Promise<unknown>;

  constructor(tell: (order: Order<FleetCommand>) => Promise<unknown>) {
    this.#tell = tell;
  }

  async connect(options: { perSecond?: number; timeoutMs?: number; atOnce?: number } = {}): Promise<void> {
    await this.#tell({ do: 'connect', ...options });
  }
  async start(pattern: Pattern): Promise<void> {
    await this.#tell({ do: 'start', pattern });
  }
  async pause(): Promise<void> {
    await this.#tell({ do: 'pause' });
  }
  async settle(timeoutMs = 10_000): Promise<boolean> {
    return (await this.#tell({ do: 'settle', timeoutMs })) as boolean;
  }
  async report(): Promise<FleetReport> {
    return (await this.#tell({ do: 'report' })) as FleetReport;
  }
  async latencyRecord(): Promise<HistogramRecord> {
    return (await this.#tell({ do: 'latency' })) as HistogramRecord;
  }
  async resetLatency(): Promise<void> {
    await this.#tell({ do: 'reset-latency' });
  }
  async ledger(): Promise<Ledger> {
    return (await this.#tell({ do: 'ledger' })) as Ledger;
  }
  async heard(last: number): Promise<Heard> {
    return (await this.#tell({ do: 'heard', last })) as Heard;
  }
  async end(options: { abrupt?: boolean } = {}): Promise<void> {
    await this.#tell({ do: 'end', ...options });
  }
}

/**
 * The load generator as a child process. Runs the built worker, so `bench` must be built. The child ends with its
 * stdin, hence with this process, however that ends.
 */
export class FleetProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiter>();
  #lastId = 0;
  #fleets = 0;

  constructor() {
    const built = import.meta.url.endsWith('.ts') ? '../dist/load/worker.js' : './worker.js';
    const worker = fileURLToPath(new URL(built, import.meta.url));
    this.#child = spawn(process.execPath, [worker], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdin!.on('error', () => undefined); // the exit says it
    createInterface({ input: this.#child.stdout! }).on('line', (line) => this.#answered(line));
    this.#child.once('exit', (code, signal) => this.#fail(`the load generator ended (${signal ?? code})`));
    this.#child.once('error', (error) => this.#fail(`the load generator did not start: ${error.message}`));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** @throws Error for an impossible plan. */
  async fleet(plan: Omit<FleetPlan, 'payload'>): Promise<RemoteFleet> {
    const fleet = `f${++this.#fleets}`;
    await this.#send({ do: 'create', plan, fleet, id: ++this.#lastId });
    return new RemoteFleet((order) => this.#send({ ...order, fleet, id: ++this.#lastId }));
  }

  /** Ends the process and its connections. Idempotent. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin!.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 3000);
    await exited;
    clearTimeout(timer);
  }

  #send(command: FleetCommand): Promise<unknown> {
    if (this.#child.exitCode !== null) return Promise.reject(new Error('the load generator has ended'));
    return new Promise((resolve, reject) => {
      this.#waiting.set(command.id, { resolve, reject });
      this.#child.stdin!.write(`${JSON.stringify(command)}\n`);
    });
  }

  #answered(line: string): void {
    const answer = JSON.parse(line) as FleetAnswer;
    const waiter = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('error' in answer) waiter?.reject(new Error(answer.error));
    else waiter?.resolve(answer.result);
  }

  #fail(message: string): void {
    for (const { reject } of this.#waiting.values()) reject(new Error(message));
    this.#waiting.clear();
  }
}
