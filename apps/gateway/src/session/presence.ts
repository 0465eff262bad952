import { addTotals, type Keys, listNodes, type Release, type Store } from '@tributary/backplane';
import { adviceOf, type CloseReason } from '@tributary/protocol';
import type { Logger } from '@tributary/runtime';
import type { Claims } from '../cluster/claims.ts';
import type { ControlInbox } from '../cluster/control-inbox.ts';
import { endingOf } from '../quality/endings.ts';
import { factsOf } from './quality/told-quality.ts';
import type { AbandonedClaim } from './handshake/services.ts';
import type { SessionRegistry } from './registry.ts';
import type { Session } from './session.ts';

const secondsPerDay = 86_400;

export interface PresenceOptions {
  readonly registry: SessionRegistry;
  readonly claims: Claims;
  readonly control: ControlInbox;
  readonly store: Store;
  readonly keys: Keys;
  readonly logger: Logger;
  /** Unix ms. */
  readonly now: () => number;
  readonly nodeName: () => string;
  /** How long a device record outlives its device: for devices somebody vouches for, and for the others. */
  readonly deviceRecordDays: number;
  readonly transientRecordSeconds: number;
  readonly uplinkMaxLength: number;
  /** About how many lines the timeline of a device keeps. */
  readonly historyLength: number;
  /** The will of a device was fired, as this entry of `up`. */
  readonly onFiredWill: (clientId: string, entry: string) => void;
  /** The rules have changed: its will is dropped, as it may not publish it any more. */
  readonly onDeniedWill: (session: Session, topic: string) => void;
  /** The claim of a session is released: it is away. */
  readonly onReleased: (session: Session) => void;
}

/** What Redis and the other nodes are told of devices that leave, and what is done when a device is somebody else's. */
export class Presence {
  readonly #options: PresenceOptions;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** Everything a device sent is answered and its connection has ended: its claim ends. */
  finished(session: Session): void {
    const { registry, claims, logger } = this.#options;
    registry.finished(session);
    const reason = session.endedBy ?? 'internal-error';
    const { clientId, epoch } = session;
    const { messages } = session.upstream;
    const { by } = adviceOf(reason);
    logger.info(
      { device: clientId, epoch, reason, by, detail: session.endedDetail, messages },
      'device disconnected',
    );
    // The newer claim has told it already: a takeover is one event, not two.
    if (reason === 'superseded') {
      void this.#addTotals(session);
      return;
    }
    claims.release(
      {
        clientId,
        epoch,
        nonce: session.nonce,
        now: session.endedAt,
        reason,
        by,
        durationMs: Math.max(0, session.endedAt - session.connectedAt),
        lastSeq: session.upstream.seq,
        messages,
        bytes: session.upstream.bytes,
        dropped: session.upstream.dropped,
        unknown: session.upstream.unknown,
        lastSeen: session.connection.heardAt,
        sessionExpiry: session.hasChangedExpiry ? session.expiry : undefined,
        recordSeconds: this.#recordSeconds(session.isTransient),
        sent: session.sent,
        firesWill: this.#firesWill(session, reason),
        uplinkMaxLength: this.#options.uplinkMaxLength,
        ending: endingOf(reason, session.traits.isSleepy),
        historyLength: this.#options.historyLength,
        baseClass: session.baseClass,
        quality: session.meter?.figures === undefined ? undefined : factsOf(session.meter),
      },
      ({ epoch: released, firedWill }) => {
        this.#fired(clientId, firedWill);
        if (released > 0) this.#options.onReleased(session);
      },
    );
  }

  /**
   * A claim that no session will hold ends. It was the newest all the same, so whoever it superseded ends too. Without
   * `claim` its outcome is unknown: then both happen only if it had been made.
   */
  abandon({ clientId, nonce, reason, isTransient, claim }: AbandonedClaim): void {
    const now = this.#options.now();
    if (claim !== undefined) this.#endOlder(clientId, claim.epoch, claim.previous?.node);
    const release: Release = {
      clientId,
      epoch: claim?.epoch ?? 0,
      nonce,
      now,
      reason,
      by: adviceOf(reason).by,
      durationMs: 0,
      lastSeq: 0,
      messages: 0,
      bytes: 0,
      dropped: 0,
      unknown: 0,
      lastSeen: now,
      sessionExpiry: undefined,
      recordSeconds: this.#recordSeconds(isTransient),
      sent: 0,
      // Nobody was told that this connection was accepted, so nobody counts on its will.
      firesWill: false,
      uplinkMaxLength: this.#options.uplinkMaxLength,
      ending: endingOf(reason, false),
      historyLength: this.#options.historyLength,
    };
    this.#options.claims.release(release, ({ epoch, firedWill }) => {
      this.#fired(clientId, firedWill);
      // It had been made after all, over an owner nobody knows now: every node may be it.
      if (claim === undefined && epoch > 0) void this.#endOlderEverywhere(clientId, epoch);
    });
  }

  /** Node `to` claimed the device: what this node holds of it ends, and `to` is told when nothing is left. */
  async yield(clientId: string, epoch: number, to: string): Promise<void> {
    const { registry, control } = this.#options;
    registry.superseded(clientId, epoch);
    const older = registry.olderThan(clientId, epoch);
    for (const session of older) session.close('superseded');
    await Promise.all(older.map((session) => session.finished()));
    control.yielded(to, clientId, epoch);
  }

  async #addTotals({ clientId, upstream, recordedMessages, recordedBytes }: Session): Promise<void> {
    const { messages, bytes } = upstream;
    const { store, keys, logger } = this.#options;
    if (messages === recordedMessages || !store.isUp) return;
    try {
      await addTotals(store.redis, keys, clientId, messages - recordedMessages, bytes - recordedBytes);
    } catch (error) {
      logger.warn({ err: error, device: clientId }, 'totals of a superseded connection are lost');
    }
  }

  /** Only a device that says goodbye takes its will back [MQTT-3.14.4-3]; and what it may not say by now is not said for it. */
  #firesWill(session: Session, reason: CloseReason): boolean {
    if (reason === 'normal') return false;
    const denied = session.deniedWill;
    if (denied !== undefined) this.#options.onDeniedWill(session, denied);
    return denied === undefined;
  }

  #fired(clientId: string, entry: string | undefined): void {
    if (entry !== undefined) this.#options.onFiredWill(clientId, entry);
  }

  /** Whoever spoke for the device before `epoch` ends: here, and on `node` when that is another. */
  #endOlder(clientId: string, epoch: number, node: string | undefined): void {
    const { registry, control, nodeName } = this.#options;
    // Claims on their way here may be older too, and must not enter.
    registry.superseded(clientId, epoch);
    for (const session of registry.olderThan(clientId, epoch)) session.close('superseded');
    if (node !== undefined && node !== nodeName()) void control.takeOver(node, clientId, epoch, 0);
  }

  async #endOlderEverywhere(clientId: string, epoch: number): Promise<void> {
    const { store, keys, logger } = this.#options;
    try {
      for (const { node } of await listNodes(store.redis, keys)) this.#endOlder(clientId, epoch, node);
    } catch (error) {
      logger.warn({ err: error, device: clientId }, 'older owners of a device could not be told');
    }
  }

  #recordSeconds(isTransient: boolean): number {
    const { transientRecordSeconds, deviceRecordDays } = this.#options;
    return isTransient ? transientRecordSeconds : deviceRecordDays * secondsPerDay;
  }
}
