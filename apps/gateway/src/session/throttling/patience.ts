import type { RateLimit } from '../../admission/rates/rate-limit.ts';
import type { Connection } from '../../connection/connection.ts';

/** What its protocol has for a message that is not taken: dropping it (QoS 0), telling its device, or nothing but the end. */
export type Redress = 'drop' | 'refuse' | 'close';

/** How fast a device is read. */
export type Pace = Pick<RateLimit, 'perSecond' | 'isOfBytes'>;

/** Without a strike for so long a device is no longer held back, ms. */
const calmMs = 1000;
/** More messages than that behind one are no batch, but a sender that does not wait. */
const usualBatch = 8;

/**
 * How long a device has been held back by its own limits, and whether pausing is still of use: a PINGREQ stands behind all
 * that the device has sent, and must be answered before it gives up (docs/decisions/0023-debt-and-pauses.md).
 */
export class Patience {
  readonly #connection: Connection;
  /** Since when it is held back, with no more than short breaks, and until when it was last. */
  #heldSinceMs = 0;
  #heldUntilMs = -Infinity;
  /** Until it is calm, what is too much is dropped at QoS 0: also when nothing stands behind a message for a moment. */
  #isDropping = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** A limit struck. */
  struck(nowMs: number): void {
    if (nowMs - this.#heldUntilMs > calmMs) {
      this.#heldSinceMs = nowMs;
      this.#isDropping = false;
    }
    this.#heldUntilMs = nowMs;
  }

  /** Reading went on. */
  resumed(nowMs: number): void {
    this.#heldUntilMs = nowMs;
  }

  /**
   * Whether so much stands behind a message of `bytes` that the last of it would be heard too late. At QoS 0 nothing but TCP
   * stops a sender, so it is judged by how long it was held back as well; where the connection would have to end for it, not
   * before the device would give up by itself. `maxMs`: the longest pause.
   */
  isOver(limit: Pace, bytes: number, redress: Redress, maxMs: number, nowMs: number): boolean {
    const { packetBytes, behindBytes, keepAliveMs } = this.#connection;
    if (keepAliveMs === 0) return false;
    // As if all that stands behind were more of the same.
    const behind = behindBytes / packetBytes;
    const behindMs = (behind * (limit.isOfBytes ? bytes : 1) * 1000) / limit.perSecond;
    const isCalm = nowMs - this.#heldUntilMs > calmMs;
    const heldMs = isCalm ? 0 : nowMs - this.#heldSinceMs;
    if (isCalm) this.#isDropping = false;
    if (redress === 'close') return behindMs > keepAliveMs || (behindMs > maxMs && heldMs > keepAliveMs);
    if (behindMs > maxMs) return true;
    if (redress === 'drop' && heldMs > maxMs && behind > usualBatch) this.#isDropping = true;
    return redress === 'drop' && this.#isDropping;
  }
}
