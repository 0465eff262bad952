import type { CloseReason } from '@tributary/protocol';
import { withDeadline } from '@tributary/runtime';
import type { Connection } from '../connection/connection.ts';
import { PauseCause } from '../connection/pause-cause.ts';
import type { SessionRegistry } from './registry.ts';
import type { Session } from './session.ts';

/** So many are let go at a time, so that they do not come back all at once. */
const atOnce = 50;
const everyMs = 100;
/** Longest wait for what a device sent to be answered, ms; then it is closed all the same, and repeats it elsewhere. */
const answerWaitMs = 5000;

export interface ListenerDrainParts {
  readonly registry: SessionRegistry;
  /** Connections that are not sessions yet. */
  readonly greeting: ReadonlySet<Connection>;
  /** Unix ms. */
  readonly now: () => number;
}

/** Lets the devices of a removed listener go, some time after it. */
export class ListenerDrain {
  readonly #parts: ListenerDrainParts;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(parts: ListenerDrainParts) {
    this.#parts = parts;
  }

  /**
   * Connections that came through `listener` up to now end as `drained`, from `afterMs` on and a few at a time. Those of a
   * listener that takes the name later stay.
   */
  begin(listener: string, afterMs: number): void {
    const { registry, greeting, now } = this.#parts;
    const upToMs = now();
    const onTheirWay = new WeakSet(ofListener(greeting, listener));
    const isOld = ({ connection, connectedAt }: Session): boolean =>
      connection.listener === listener && (connectedAt <= upToMs || onTheirWay.has(connection));
    const step = (due: Session[]): void => {
      for (const session of due.splice(0, atOnce)) void letGo(session, 'drained');
      if (due.length > 0) this.#later(() => step(due), everyMs);
    };
    this.#later(() => {
      step([...registry.all()].filter(isOld));
      for (const connection of ofListener(greeting, listener))
        if (onTheirWay.has(connection)) connection.close('drained');
    }, afterMs);
  }

  /** Nobody is let go any more. Idempotent. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #later(step: () => void, ms: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      step();
    }, ms).unref();
    this.#timers.add(timer);
  }
}

const ofListener = (connections: Iterable<Connection>, listener: string): Connection[] =>
  [...connections].filter((connection) => connection.listener === listener);

/** What it sent is answered first, where that takes a moment only. */
async function letGo(session: Session, reason: CloseReason): Promise<void> {
  session.connection.pause(PauseCause.STOPPING);
  await withDeadline(session.upstream.answered(), answerWaitMs, () => {});
  session.close(reason);
}
