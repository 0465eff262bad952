/**
 * What went wrong. `exit`: the process ended. `log`: it said what it must never say. `hang`: an answer or an end did not
 * come in time. `answer`: it sent what no server may send. `bystander`: a device that behaves lost a message, got one
 * twice or was disconnected. `gauge`, `leftover`, `memory`: something stayed when all had left.
 */
export type FailureKind = 'exit' | 'log' | 'hang' | 'answer' | 'bystander' | 'gauge' | 'leftover' | 'memory';

/** A promise of the node that a case broke. */
export class Failure extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string) {
    super(message);
    this.name = 'Failure';
    this.kind = kind;
  }

  /** What failures of one cause have in common: the kind, and the message up to its particulars. */
  get sign(): string {
    return `${this.kind} ${(this.message.split(/[:;(]/, 1)[0] ?? '').replaceAll(/"[^"]*"|\d+/g, '')}`;
  }
}
