import { type ClassChange, type Keys, type Store, tellClasses } from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';
import type { Session } from '../session.ts';
import type { ChangeCause } from './classes.ts';

export interface ClassNewsOptions {
  readonly store: Store;
  readonly keys: Keys;
  readonly logger: Logger;
  readonly nodeName: () => string;
  /** Unix ms. */
  readonly now: () => number;
  /** About how many lines the timeline of a device keeps. */
  readonly historyLength: number;
}

/** Devices told of in one call. */
const atOnce = 100;

/**
 * Tells Redis, and so consumers and the dashboard, of devices whose class changed: one event for each, however often it went
 * up and down meanwhile. What cannot be told now is told later, as it is then.
 */
export class ClassNews {
  readonly #options: ClassNewsOptions;
  readonly #causes = new Map<Session, ChangeCause>();
  #isTelling = false;

  constructor(options: ClassNewsOptions) {
    this.#options = options;
  }

  changed(session: Session, cause: ChangeCause): void {
    this.#causes.set(session, cause);
  }

  /** Called twice a second: soon enough for a dashboard, and one call for all that changed meanwhile. Never throws. */
  async tell(): Promise<void> {
    const { store, logger } = this.#options;
    if (this.#isTelling || this.#causes.size === 0 || !store.isUp) return;
    this.#isTelling = true;
    try {
      for (const [partition, sessions] of this.#take()) await this.#tellPartition(partition, sessions);
    } catch (error) {
      if (store.isUp) logger.warn({ err: error }, 'changes of class were not told');
    } finally {
      this.#isTelling = false;
    }
  }

  /** By partition: who is still here and of another class than was told. The others are forgotten. */
  #take(): Map<number, Session[]> {
    const byPartition = new Map<number, Session[]>();
    for (const session of this.#causes.keys()) {
      if (!session.isOpen || session.class === session.toldClass) {
        this.#causes.delete(session);
        continue;
      }
      const partition = this.#options.keys.partitionOf(session.clientId);
      const sessions = byPartition.get(partition);
      if (sessions === undefined) byPartition.set(partition, [session]);
      else sessions.push(session);
    }
    return byPartition;
  }

  async #tellPartition(partition: number, sessions: readonly Session[]): Promise<void> {
    const { store, keys, nodeName, now, historyLength } = this.#options;
    for (let from = 0; from < sessions.length; from += atOnce) {
      const some = sessions.slice(from, from + atOnce);
      const changes = some.map((session) => this.#changeOf(session));
      await tellClasses(store.redis, keys, partition, nodeName(), now(), changes, historyLength);
      // It may be of yet another class by now: then it stays, and is told again.
      for (const [i, session] of some.entries()) session.toldClass = changes[i]!.class;
    }
  }

  #changeOf(session: Session): ClassChange {
    const { clientId, nonce, class: serviceClass, toldClass } = session;
    const cause = this.#causes.get(session)!;
    return { clientId, nonce, class: serviceClass, previousClass: toldClass, cause };
  }
}
