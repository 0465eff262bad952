import type { Mark } from '@tributary/protocol/admin-api';

const maxMarks = 500;

/** What happened to the fleet while this process ran: the ticks above its charts. The oldest go first. */
export class MarkLog {
  #marks: Mark[] = [];

  add(mark: Mark): void {
    this.#marks.push(mark);
    if (this.#marks.length > maxMarks) this.#marks = this.#marks.slice(-maxMarks);
  }

  /** Marks from `from` to before `to`, Unix ms, in order. */
  between(from: number, to: number): Mark[] {
    return this.#marks.filter(({ at }) => at >= from && at < to).sort((a, b) => a.at - b.at);
  }
}
