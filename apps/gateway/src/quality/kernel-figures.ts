import type { TcpInfo } from './tcp-info.ts';

/** What one more sample weighs in the kernel's smoothed round trip (RFC 6298: the old value keeps 7/8). */
const kernelKeeps = 0.875;
/** How much of its past a round trip keeps from window to window: little, so that a link that turned bad shows. */
const rttKeeps = 0.3;
/** How much of what was sent counts on in the next window with traffic: half of it is gone after 21 s of that. */
const sentKeeps = 0.85;
/** Segments as if sent without loss: one repetition among a handful proves little. */
const cleanSegments = 10;
/** With fewer segments than these nothing is said about loss. */
const minSegments = 5;
/** The kernel begins with half of the first round trip as its deviation; four samples later a sixth of that is left. */
const minJitterSamples = 4;
const maxSamples = 1000;
const maxRttMs = 60_000;

/**
 * Round trip, jitter and loss of one TCP connection from what the kernel counts, window by window. A counter that went
 * backwards, or the first look at a connection, says nothing about loss in that window.
 */
export class KernelFigures {
  /** Milliseconds; -1 is not known. */
  rttMs = -1;
  jitterMs = -1;
  /** 0..1 of the segments sent lately; -1 is not known. */
  lossRatio = -1;
  /** Acknowledged segments behind the round trip: at least as many as there were observations. */
  samples = 0;
  /** Monotonic ms of the last of them. */
  measuredAtMs = 0;
  #hasBase = false;
  #smoothedUs = 0;
  #delivered = 0;
  #sent = 0;
  #lost = 0;
  #recentSent = 0;
  #recentLost = 0;

  /** Takes in what `info` has just read. */
  update(info: TcpInfo, nowMs: number): void {
    const delivered = info.delivered ?? Math.max(0, (info.sent ?? 0) - info.unacked);
    const sent = info.sent ?? 0;
    // What the peer had already counts too: most often its acknowledgement was lost, on the same link.
    const lost = info.retransmitted;
    const isContinued =
      this.#hasBase && delivered >= this.#delivered && sent >= this.#sent && lost >= this.#lost;
    this.#takeRtt(info, isContinued ? delivered - this.#delivered : this.#hasBase ? 0 : delivered, nowMs);
    if (isContinued) this.#takeLoss(sent - this.#sent, lost - this.#lost);
    else this.#forgetLoss();
    this.#hasBase = true;
    this.#delivered = delivered;
    this.#sent = sent;
    this.#lost = lost;
  }

  /** What is known is too old to speak of the link as it is. */
  forget(): void {
    this.rttMs = -1;
    this.jitterMs = -1;
    this.samples = 0;
    this.#forgetLoss();
  }

  #takeRtt(info: TcpInfo, samples: number, nowMs: number): void {
    const smoothedUs = info.rttUs;
    if (samples > 0 && smoothedUs > 0) {
      const latestMs = this.#latestUs(info, samples) / 1000;
      this.rttMs = this.rttMs < 0 ? latestMs : this.rttMs * rttKeeps + latestMs * (1 - rttKeeps);
      this.samples = Math.min(this.samples + samples, maxSamples);
      this.jitterMs = this.samples >= minJitterSamples ? info.rttVarianceUs / 1000 : -1;
      this.measuredAtMs = nowMs;
    }
    this.#smoothedUs = smoothedUs;
  }

  /**
   * The mean of the window's own samples, worked back out of the smoothed value before and after them. There were at most
   * `samples`, so it errs towards the smoothed value.
   */
  #latestUs(info: TcpInfo, samples: number): number {
    const smoothedUs = info.rttUs;
    if (this.rttMs < 0) return smoothedUs;
    const kept = kernelKeeps ** Math.min(samples, 64);
    const mean = (smoothedUs - this.#smoothedUs * kept) / (1 - kept);
    return Math.min(Math.max(mean, info.minRttUs ?? 0, 0), maxRttMs * 1000);
  }

  #takeLoss(sent: number, lost: number): void {
    if (sent === 0) return;
    this.#recentSent = this.#recentSent * sentKeeps + sent;
    this.#recentLost = this.#recentLost * sentKeeps + Math.min(lost, sent);
    this.lossRatio =
      this.#recentSent >= minSegments ? this.#recentLost / (this.#recentSent + cleanSegments) : -1;
  }

  #forgetLoss(): void {
    this.#recentSent = 0;
    this.#recentLost = 0;
    this.lossRatio = -1;
  }
}
