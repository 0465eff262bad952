import type { OperationBook } from '../actions/operation-book.ts';
import type { Channel } from './channel.ts';

/** Actions under way, and those that ended lately: all of them first, then those that changed. */
export class OperationsChannel implements Channel {
  readonly #book: OperationBook;
  #sent = 0;

  constructor(book: OperationBook) {
    this.#book = book;
  }

  snapshot(): object {
    this.#sent = this.#book.changes;
    return { operations: this.#book.list() };
  }

  delta(): object | undefined {
    if (this.#book.changes === this.#sent) return undefined;
    const operations = this.#book.changedSince(this.#sent);
    this.#sent = this.#book.changes;
    return operations.length === 0 ? undefined : { operations };
  }
}
