import type { Session } from './session.ts';

/** The devices of this node: at most one living session for each client id, and those that end. */
export class SessionRegistry {
  readonly #byClientId = new Map<string, Session>();
  /** Ended, and not everything they sent is answered. */
  readonly #ending = new Map<string, Set<Session>>();
  #endingCount = 0;
  /** Client ids with claims on their way. */
  readonly #claiming = new Map<string, { count: number; supersededBelow: number; isRung: boolean }>();

  get size(): number {
    return this.#byClientId.size;
  }
  get endingCount(): number {
    return this.#endingCount;
  }
  /** Sessions of a client id that have ended and not everything they sent is answered. */
  ending(clientId: string): Session[] {
    return [...(this.#ending.get(clientId) ?? [])];
  }
  get(clientId: string): Session | undefined {
    return this.#byClientId.get(clientId);
  }
  all(): IterableIterator<Session> {
    return this.#byClientId.values();
  }

  /** Makes `session` the living one of its client id; an older one is closed as superseded. */
  add(session: Session): void {
    const existing = this.#byClientId.get(session.clientId);
    this.#byClientId.set(session.clientId, session);
    existing?.close('superseded');
  }

  /** The session's connection has ended. */
  ended(session: Session): void {
    if (this.#byClientId.get(session.clientId) === session) this.#byClientId.delete(session.clientId);
    if (session.isFinished) return;
    const ending = this.#ending.get(session.clientId);
    if (ending === undefined) this.#ending.set(session.clientId, new Set([session]));
    else ending.add(session);
    this.#endingCount++;
  }

  finished(session: Session): void {
    const ending = this.#ending.get(session.clientId);
    if (ending?.delete(session) !== true) return;
    this.#endingCount--;
    if (ending.size === 0) this.#ending.delete(session.clientId);
  }

  /** A claim for the client id is about to be made; until `claimEnds` newer claims of other nodes are remembered. */
  claimBegins(clientId: string): void {
    const claiming = this.#claiming.get(clientId);
    if (claiming === undefined) this.#claiming.set(clientId, { count: 1, supersededBelow: 0, isRung: false });
    else claiming.count++;
  }

  claimEnds(clientId: string): void {
    const claiming = this.#claiming.get(clientId);
    if (claiming === undefined || --claiming.count > 0) return;
    this.#claiming.delete(clientId);
    // Whoever holds the device now has not been told.
    if (claiming.isRung) this.#byClientId.get(clientId)?.look();
  }

  /**
   * Whether a claim of `epoch` is out of date already: a newer session is here, or another node told of a newer claim
   * while this one was on its way.
   */
  isSuperseded(clientId: string, epoch: number): boolean {
    const newest = this.#byClientId.get(clientId)?.epoch ?? 0;
    return epoch < newest || epoch < (this.#claiming.get(clientId)?.supersededBelow ?? 0);
  }

  /** Another node claimed the client id with `epoch`: claims on their way here below it are out of date. */
  superseded(clientId: string, epoch: number): void {
    const claiming = this.#claiming.get(clientId);
    if (claiming !== undefined) claiming.supersededBelow = Math.max(claiming.supersededBelow, epoch);
  }

  /**
   * The queue of a client id has a new entry: a claim on its way must not miss it.
   * @returns whether there is one
   */
  ring(clientId: string): boolean {
    const claiming = this.#claiming.get(clientId);
    if (claiming !== undefined) claiming.isRung = true;
    return claiming !== undefined;
  }

  /** Whether `ring` was called for a claim of the client id that is still on its way. */
  wasRung(clientId: string): boolean {
    return this.#claiming.get(clientId)?.isRung === true;
  }

  /** Sessions of a client id that are older than `epoch`: the living one and those that end. */
  olderThan(clientId: string, epoch: number): Session[] {
    const living = this.#byClientId.get(clientId);
    const found = this.ending(clientId).filter((session) => session.epoch < epoch);
    if (living !== undefined && living.epoch < epoch) found.push(living);
    return found;
  }
}
