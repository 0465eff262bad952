import { randomBytes } from 'node:crypto';
import type { Operation, OperationOutcome } from '@tributary/protocol/admin-api';
import type { Clock } from '@tributary/runtime';
import { RunningOperation, type OperationFacts } from './operation.ts';

/** The most operations that are remembered; of more the oldest that have ended are forgotten. */
const maxKept = 500;
/** How long one that has ended is shown among those under way, ms. */
const shownAfterEndMs = 15 * 60_000;

/** Where it stands with everything operators asked for since this process started. */
export class OperationBook {
  readonly #clock: Clock;
  readonly #operations = new Map<string, RunningOperation>();
  readonly #active = new Set<RunningOperation>();
  readonly #changedAt = new Map<string, number>();
  readonly #whenEnded = new Map<string, (operation: Operation) => void>();
  #changes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Grows with every change of any operation. */
  get changes(): number {
    return this.#changes;
  }
  /** How many are under way. */
  get activeCount(): number {
    return this.#active.size;
  }

  /** @param onEnded called once, when all outcomes are known */
  open(
    facts: Omit<OperationFacts, 'id' | 'at'>,
    onEnded: (operation: Operation) => void = () => undefined,
  ): RunningOperation {
    const id = `op-${randomBytes(9).toString('hex')}`;
    const operation = new RunningOperation({ ...facts, id, at: this.#clock.now() }, (changed) =>
      this.#changed(changed),
    );
    this.#operations.set(id, operation);
    this.#active.add(operation);
    this.#whenEnded.set(id, onEnded);
    this.#changed(operation);
    this.#forgetOldest();
    return operation;
  }

  get(id: string): RunningOperation | undefined {
    return this.#operations.get(id);
  }

  /** Those under way and those that ended lately, newest first. */
  list(): Operation[] {
    return this.#shown().map((operation) => operation.view());
  }

  /** Of those, the ones that changed after the change `since`. */
  changedSince(since: number): Operation[] {
    const isNew = ({ facts }: RunningOperation): boolean => (this.#changedAt.get(facts.id) ?? 0) > since;
    return this.#shown()
      .filter(isNew)
      .map((operation) => operation.view());
  }

  answered(id: string, target: string, outcome: OperationOutcome, detail: string): void {
    this.#operations.get(id)?.answered(target, outcome, detail, this.#clock.now());
  }

  /** Called at intervals: who has not answered in time has not answered. */
  expire(): void {
    const at = this.#clock.monotonic();
    for (const operation of [...this.#active]) operation.expire(at, this.#clock.now());
  }

  #changed(operation: RunningOperation): void {
    const { id } = operation.facts;
    this.#changedAt.set(id, ++this.#changes);
    if (!operation.hasEnded || !this.#active.delete(operation)) return;
    this.#whenEnded.get(id)?.(operation.view());
    this.#whenEnded.delete(id);
  }

  #shown(): RunningOperation[] {
    const from = this.#clock.now() - shownAfterEndMs;
    return [...this.#operations.values()].filter(({ endedAt }) => (endedAt ?? Infinity) > from).toReversed();
  }

  #forgetOldest(): void {
    for (const [id, operation] of this.#operations) {
      if (this.#operations.size <= maxKept) return;
      if (!operation.hasEnded) continue;
      this.#operations.delete(id);
      this.#changedAt.delete(id);
    }
  }
}
