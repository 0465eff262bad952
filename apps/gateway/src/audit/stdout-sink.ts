import type { LineOutput } from '@tributary/runtime';
import type { AuditRecord } from './audit-record.ts';
import type { AuditSink } from './audit-sink.ts';
import { jsonLine } from './json-line.ts';

/** Audit lines between those of the log, on the same output: two writers of one pipe would cut into each other's lines. */
export class StdoutSink implements AuditSink {
  readonly name = 'stdout';
  readonly waitingBytes = 0;
  dropped = 0;
  readonly #output: LineOutput;

  constructor(output: LineOutput) {
    this.#output = output;
  }

  write(record: AuditRecord): void {
    if (!this.#output.write(jsonLine(record))) this.dropped++;
  }

  async stop(): Promise<void> {}
}
