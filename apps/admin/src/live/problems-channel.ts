import type { Problems } from '@tributary/protocol/admin-api';
import type { ProblemWatch } from '../problems/problem-watch.ts';
import type { Channel } from './channel.ts';

/** Alarms and troubled devices, whole, when something of them changed. */
export class ProblemsChannel implements Channel {
  readonly #problems: ProblemWatch;
  #seenVersion = -1;
  #sent = '';

  constructor(problems: ProblemWatch) {
    this.#problems = problems;
  }

  snapshot(): object {
    const problems = this.#problems.problems();
    this.#seenVersion = this.#problems.version;
    this.#sent = essenceOf(problems);
    return { problems };
  }

  delta(): object | undefined {
    if (this.#problems.version === this.#seenVersion) return undefined;
    this.#seenVersion = this.#problems.version;
    const problems = this.#problems.problems();
    const essence = essenceOf(problems);
    if (essence === this.#sent) return undefined;
    this.#sent = essence;
    return { problems };
  }
}

/** That something is still so is no news. */
function essenceOf({ alarms, at: _at, ...rest }: Problems): string {
  return JSON.stringify([alarms.map(({ seenAt: _seenAt, ...alarm }) => alarm), rest]);
}
