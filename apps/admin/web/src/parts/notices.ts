/** A word to the operator that goes by itself, or stays until it is sent away. */
export interface Notice {
  id: number;
  kind: 'done' | 'note' | 'trouble';
  text: string;
  /** Something to do about it, e.g. undo. */
  action?: { label: string; run: () => void };
}

const most = 4;
const staysMs = 6000;

/** The notices on screen and the actions whose progress is followed. Pure but for the timer it is given. */
export class Notices {
  notices: readonly Notice[] = [];
  /** Ids of operations started in this tab, the latest first; shown until sent away. */
  operations: readonly string[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #after: (ms: number, then: () => void) => void;
  #nextId = 1;

  constructor(after: (ms: number, then: () => void) => void) {
    this.#after = after;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Says something. Trouble, and what can be acted on, stays twice as long. */
  say(notice: Omit<Notice, 'id'>): void {
    const id = this.#nextId++;
    this.notices = [...this.notices, { ...notice, id }].slice(-most);
    this.#tell();
    const isLong = notice.kind === 'trouble' || notice.action !== undefined;
    this.#after(isLong ? 2 * staysMs : staysMs, () => this.dismiss(id));
  }

  dismiss(id: number): void {
    if (!this.notices.some((notice) => notice.id === id)) return;
    this.notices = this.notices.filter((notice) => notice.id !== id);
    this.#tell();
  }

  /** Shows how an operation goes on, from asked to done, until it is sent away. */
  follow(operationId: string): void {
    this.operations = [operationId, ...this.operations.filter((id) => id !== operationId)].slice(0, most);
    this.#tell();
  }

  unfollow(operationId: string): void {
    this.operations = this.operations.filter((id) => id !== operationId);
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** Those of this tab. */
export const notices = new Notices((ms, then) => void setTimeout(then, ms));
