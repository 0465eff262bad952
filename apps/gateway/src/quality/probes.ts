import type { MeasuredLink } from './measured-link.ts';
import { RoundTrips } from './round-trips.ts';

/** A ping without answer for so long has failed. Longer than a link that is merely bad takes. */
export const failedAfterMs = 10_000;
/** When a device was heard is known to half a second, and never too late. */
const heardWithinMs = 500;
/** An acknowledgement that takes longer belongs to a device that thinks, or to none. */
const abandonedAfterMs = 60_000;
/** Pings in a row at the beginning, and after one that surprised. */
const hurriedPings = 3;
/** Where the kernel measures, a ping only has to find out whether anybody is there. */
const leisure = 2;

/**
 * Round trips from end to end: WebSocket pings, and the time from our QoS 1 PUBLISH to its PUBACK. One of each is on its
 * way at a time, and one PUBLISH in each window.
 */
export class Probes {
  readonly #pingIntervalMs: number;
  #pings: RoundTrips | undefined;
  #pubAcks: RoundTrips | undefined;
  /** Monotonic ms; 0: none is on its way. */
  #pingSentMs = 0;
  #pingDueMs = 0;
  #token = 0;
  #hurried = hurriedPings;
  #hasFailed = false;
  /** 0: none is on its way. */
  #packetId = 0;
  #publishedMs = 0;
  #wantsPublish = true;

  constructor(pingIntervalMs: number) {
    this.#pingIntervalMs = pingIntervalMs;
  }

  get pings(): RoundTrips | undefined {
    return this.#pings;
  }
  get pubAcks(): RoundTrips | undefined {
    return this.#pubAcks;
  }
  /** A ping was not answered, and nothing else was heard since. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Whether `tick` would do nothing now. */
  isQuiet(link: MeasuredLink, nowMs: number): boolean {
    if (this.#packetId !== 0 || !this.#wantsPublish) return false;
    return !link.canPing || (this.#pingSentMs === 0 && this.#hurried === 0 && nowMs < this.#pingDueMs);
  }

  /** Once a window: sends a ping when one is due. */
  tick(link: MeasuredLink, isKernelMeasuring: boolean, nowMs: number): void {
    if (this.#packetId !== 0 && nowMs - this.#publishedMs > abandonedAfterMs) this.#packetId = 0;
    this.#wantsPublish = this.#packetId === 0;
    if (!link.canPing) return;
    // What is not read cannot be answered, and behind what the socket refuses a ping would measure that.
    if (link.isPaused || link.pendingBytes > 0) {
      this.#pingSentMs = 0;
      return;
    }
    // Whoever speaks is there, though it may never answer a ping.
    if (link.heardMs > this.#pingSentMs) this.#hasFailed = false;
    if (this.#pingSentMs > 0) {
      if (nowMs - this.#pingSentMs < failedAfterMs) return;
      this.#hasFailed = link.heardMs + heardWithinMs <= this.#pingSentMs;
    }
    if (this.#hurried === 0 && nowMs < this.#pingDueMs) return;
    if (this.#hurried > 0) this.#hurried--;
    this.#pingDueMs = nowMs + this.#pingIntervalMs * (isKernelMeasuring ? leisure : 1);
    this.#pingSentMs = nowMs;
    this.#token = (this.#token + 1) & 0xffff;
    link.ping(this.#token);
  }

  /** A pong came; one that nobody asked for says nothing. */
  ponged(token: number, nowMs: number): void {
    if (this.#pingSentMs === 0 || token !== this.#token) return;
    const ms = nowMs - this.#pingSentMs;
    this.#pings ??= new RoundTrips('median');
    if (this.#pings.isSurprising(ms)) this.#hurried = hurriedPings;
    this.#pings.add(ms, nowMs);
    this.#pingSentMs = 0;
    this.#hasFailed = false;
  }

  /** A QoS 1 message went out: the first of each window is the one whose answer is waited for. */
  published(packetId: number, monotonic: () => number): void {
    if (!this.#wantsPublish) return;
    this.#wantsPublish = false;
    this.#packetId = packetId;
    this.#publishedMs = monotonic();
  }

  acknowledged(packetId: number, monotonic: () => number): void {
    if (packetId !== this.#packetId) return;
    this.#packetId = 0;
    const nowMs = monotonic();
    (this.#pubAcks ??= new RoundTrips('least')).add(nowMs - this.#publishedMs, nowMs);
  }

  /** When the oldest of what is known was measured, or `elseMs`: monotonic ms. */
  oldestMs(elseMs: number): number {
    const pingedMs = this.#pings?.measuredAtMs ?? elseMs;
    return Math.min(elseMs, pingedMs, this.#pubAcks?.measuredAtMs ?? elseMs);
  }

  /** Forgets round trips that are older than `beforeMs`. */
  forgetBefore(beforeMs: number): void {
    if (this.#pings !== undefined && this.#pings.measuredAtMs < beforeMs) this.#pings = undefined;
    if (this.#pubAcks !== undefined && this.#pubAcks.measuredAtMs < beforeMs) this.#pubAcks = undefined;
  }
}
