import type { LogLine } from '../support/gateway.ts';
import type { OwnedProcess } from '../support/processes.ts';
import { Failure } from './failure.ts';

/** Why a line of the log is a failure, or undefined. */
export type Judge = (line: LogLine) => string | undefined;

/** Reasons a connection ends with only when the node or its Redis is at fault, and here Redis is well. */
const faults: ReadonlySet<unknown> = new Set([
  ...['internal-error', 'store-failed', 'store-unavailable', 'not-replicated', 'node-lost', 'shutdown'],
]);

/** Nothing a device sends may cause a warning, an error or a fault. */
export const strictJudge: Judge = (line) => {
  if (line.level >= 40) return 'a line of this level';
  return faults.has(line['reason']) ? 'an end for this reason' : undefined;
};

/** Reads the log of a node line by line as it grows, so that its memory does not. */
export class LogWatch {
  /** The last lines, for whoever looks for a fault. */
  readonly lately: string[] = [];
  readonly #process: OwnedProcess;
  readonly #judges: readonly Judge[];
  readonly #collected: number[] = [];

  constructor(process: OwnedProcess, judges: readonly Judge[]) {
    this.#process = process;
    this.#judges = judges;
  }

  /** Passes over what the node says at its start: that of a test is open to all, and its Redis not durable. */
  begin(): void {
    this.#process.lines.length = 0;
  }

  /** Looks at the new lines. @throws Failure `log` for the first that may not be, `exit` when the process has ended */
  check(): void {
    let fault: string | undefined;
    for (const line of this.#process.lines.splice(0)) {
      if (this.lately.push(line) > 40) this.lately.shift();
      fault ??= this.#faultOf(line);
    }
    if (fault !== undefined) throw new Failure('log', fault);
    const { exit } = this.#process;
    if (exit !== undefined) throw new Failure('exit', `the process ended: ${exit}`);
  }

  /** The next figure of memory the process told, if it has. */
  takeCollected(): number | undefined {
    this.check();
    return this.#collected.shift();
  }

  #faultOf(text: string): string | undefined {
    if (!text.startsWith('{')) return `not a line of the log: ${text.slice(0, 500)}`;
    const line = JSON.parse(text) as LogLine;
    if (line.msg === 'collected') this.#collected.push(Number(line['heap']) + Number(line['external']));
    for (const judge of this.#judges) {
      const why = judge(line);
      if (why !== undefined) return `${why}: ${text.slice(0, 2000)}`;
    }
    return undefined;
  }
}
