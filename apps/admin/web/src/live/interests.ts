import { maxPageRows, maxSubscribedIdLength, type Subscription } from '@tributary/protocol/admin-api';

const hiddenEveryMs = 10_000;

/** What a view may ask of the feed beside the fleet summary, which every tab always has: it is also the heartbeat. */
export type Interest = Exclude<Subscription, { ch: 'fleet' }>;

/**
 * What the views on screen want of the feed, put together to the one list the server is told. The feed has one
 * subscription per channel: rows of several views are joined, of two devices or traces the later one counts.
 */
export class Interests {
  readonly #held = new Set<{ interest: Interest }>();
  readonly #changed: () => void;

  /** @param changed called whenever `wanted` may answer something else. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Holds an interest until the returned function is called. */
  add(interest: Interest): () => void {
    const held = { interest };
    this.#held.add(held);
    this.#changed();
    return () => {
      if (this.#held.delete(held)) this.#changed();
    };
  }

  /** The whole subscription. While nobody looks it is the summary alone, every 10 s: for the title and the heartbeat. */
  wanted(isHidden: boolean): Subscription[] {
    if (isHidden) return [{ ch: 'fleet', everyMs: hiddenEveryMs }];
    const byChannel = new Map<string, Interest>();
    for (const { interest } of this.#held) {
      const before = byChannel.get(interest.ch);
      byChannel.set(interest.ch, before === undefined ? interest : joined(before, interest));
    }
    const order = [...byChannel.values()].map(subscribable).filter((interest) => interest !== undefined);
    return [{ ch: 'fleet' }, ...order.sort((a, b) => (a.ch < b.ch ? -1 : 1))];
  }
}

function joined(before: Interest, after: Interest): Interest {
  if (before.ch !== 'rows' || after.ch !== 'rows') return after;
  return { ch: 'rows', ids: [...new Set([...before.ids, ...after.ids])].slice(0, maxPageRows) };
}

/** Without ids the server would take for no subscription, and end the feed. Undefined when nothing is left of it. */
function subscribable(interest: Interest): Interest | undefined {
  const fits = (id: string): boolean => id.length <= maxSubscribedIdLength;
  if (interest.ch === 'device') return fits(interest.id) ? interest : undefined;
  if (interest.ch !== 'rows') return interest;
  const ids = interest.ids.filter(fits);
  return ids.length === 0 ? undefined : { ...interest, ids };
}
