import type { Session } from './session.ts';

/** The devices of this node: at most one living session for each client id, and those that end. */
export class SessionRegistry {
  readonly #byClientId = new Map<string, Session>();
  /** Ended, and not everything they sent is answered. */
  readonly #ending = new Set<Session>();

  get size(): number {
    return this.#byClientId.size;
  }
  get endingCount(): number {
    return this.#ending.size;
  }
  get(clientId: string): Session | undefined {
    return this.#byClientId.get(clientId);
  }
  all(): IterableIterator<Session> {
    return this.#byClientId.values();
  }

  /**
   * Makes `session` the living one of its client id; an older one is closed as superseded.
   * @returns false when a newer one is here already
   */
  add(session: Session): boolean {
    const existing = this.#byClientId.get(session.clientId);
    if (existing !== undefined && existing.epoch > session.epoch) return false;
    this.#byClientId.set(session.clientId, session);
    existing?.close('superseded');
    return true;
  }

  /** The session's connection has ended. */
  ended(session: Session): void {
    if (this.#byClientId.get(session.clientId) === session) this.#byClientId.delete(session.clientId);
    if (!session.isFinished) this.#ending.add(session);
  }

  finished(session: Session): void {
    this.#ending.delete(session);
  }

  /** Sessions of a client id that are older than `epoch`: the living one and those that end. */
  olderThan(clientId: string, epoch: number): Session[] {
    const living = this.#byClientId.get(clientId);
    const found = [...this.#ending].filter(
      (session) => session.clientId === clientId && session.epoch < epoch,
    );
    if (living !== undefined && living.epoch < epoch) found.push(living);
    return found;
  }
}
