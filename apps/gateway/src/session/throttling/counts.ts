import type { ThrottleReason, ThrottleScope } from '../../admission/throttle-note.ts';
import type { ThrottleRule } from './story.ts';

/** How often limits struck, by whose they are and what there was too much of. */
export class ThrottleCounts {
  readonly #enforced = new Map<ThrottleScope, Map<ThrottleReason, number>>();
  readonly #observed = new Map<ThrottleScope, Map<ThrottleReason, number>>();

  add({ scope, reason, isObserved }: ThrottleRule): void {
    const counts = isObserved ? this.#observed : this.#enforced;
    let byReason = counts.get(scope);
    if (byReason === undefined) counts.set(scope, (byReason = new Map()));
    byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
  }

  /** `[scope, reason, count]` of limits that are enforced, or that only watch. */
  of(kind: 'enforced' | 'observed'): [ThrottleScope, ThrottleReason, number][] {
    const counts = kind === 'enforced' ? this.#enforced : this.#observed;
    return [...counts].flatMap(([scope, byReason]) =>
      [...byReason].map(([reason, count]): [ThrottleScope, ThrottleReason, number] => [scope, reason, count]),
    );
  }
}
