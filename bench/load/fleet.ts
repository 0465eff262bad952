import { newCounters, type Counters } from './counters.ts';
import { Device, type FleetContext } from './device.ts';
import { Histogram, type HistogramRecord, type LatencySummary } from './histogram.ts';
import type { Ledger } from './ledger.ts';
import { loopbackAddress } from './loopback.ts';
import { Pacer } from './pacer.ts';
import { numberedPayload } from './payload.ts';
import { checkPlan, defaultPrefix, type FleetPlan, type Pattern } from './plan.ts';
import { Slab } from './slab.ts';

/** A fleet as it stands: counters since its start, latencies since the last `resetLatency`. */
export interface FleetReport extends Counters {
  devices: number;
  /** QoS 1/2 messages sent and not yet acknowledged. */
  unacked: number;
  /** Messages skipped because the generator itself was late: above 0 the offered rate was not reached. */
  skipped: number;
  /** From the PUBLISH to its PUBACK, PUBREC or `ack`. */
  latency: LatencySummary;
  /** From PINGREQ to PINGRESP. */
  pings: LatencySummary;
  /** Pings without an answer. */
  unanswered: number;
}

/** What a fleet received of messages numbered 1 to a last one. */
export interface Heard {
  /** Devices that have them all. */
  complete: number;
  /** Messages that did not come, over all devices. */
  missing: number;
}

/** Default. */
const mostHandshakes = 256;

/**
 * A fleet of equal devices in this process: connects, publishes in a pattern, counts, and ends itself after its
 * `maxSeconds`. Talks to this machine only.
 */
export class Fleet {
  readonly plan: FleetPlan;
  readonly devices: Device[] = [];
  readonly #context: FleetContext;
  readonly #keepAlive: NodeJS.Timeout | undefined;
  readonly #end: NodeJS.Timeout;
  readonly #pings: Pacer | undefined;
  #pattern: Pattern | undefined;
  #pacer: Pacer | undefined;
  #skipped = 0;

  /** @throws RangeError for an impossible plan or an endpoint elsewhere. */
  constructor(plan: FleetPlan) {
    checkPlan(plan);
    loopbackAddress(plan.endpoint.host);
    this.plan = plan;
    this.#context = {
      plan,
      slab: new Slab(),
      payload: plan.payload ?? numberedPayload(plan.payloadBytes ?? 100),
      counters: newCounters(),
      latency: new Histogram(),
      pings: new Histogram(),
      coarseNowMs: performance.now(),
      connecting: 0,
      isEnding: false,
      roomFor: (device) => this.#refill(device),
    };
    const first = plan.firstId ?? 1;
    for (let i = 0; i < plan.devices; i++) {
      this.devices.push(new Device(deviceId(plan.idPrefix ?? defaultPrefix, first + i), this.#context));
    }
    const keepAliveMs = (plan.keepAliveSeconds ?? 60) * 1000;
    if (keepAliveMs > 0) {
      this.#keepAlive = setInterval(() => this.#ping(keepAliveMs / 2), Math.min(1000, keepAliveMs / 4));
    }
    if (plan.pingMs !== undefined) {
      const { devices } = this;
      this.#pings = new Pacer((devices.length * 1000) / plan.pingMs, (k) =>
        devices[k % devices.length]!.ping(),
      );
    }
    this.#end = setTimeout(() => void this.end(), (plan.maxSeconds ?? 600) * 1000);
  }

  get counters(): Readonly<Counters> {
    return this.#context.counters;
  }

  /**
   * Connects every device, at most `perSecond` a second and `atOnce` handshakes at a time.
   *
   * @throws Error when not all are let in within `timeoutMs`, with what became of the others. With a `reconnectMs`,
   *   or a fault, a device that fails is no reason to wait longer.
   */
  async connect({ perSecond = 2000, timeoutMs = 30_000, atOnce = mostHandshakes } = {}): Promise<void> {
    const waiting = this.devices.filter((device) => device.state !== 'open' && device.state !== 'connecting');
    let begun = 0;
    const pacer = new Pacer(perSecond, () => {
      if (begun < waiting.length && this.#context.connecting < atOnce) waiting[begun++]!.connect();
    });
    const isDone = (): boolean => begun === waiting.length && this.#context.connecting === 0;
    const isSilent = this.plan.fault?.kind === 'silent' || this.plan.fault?.kind === 'dribble';
    const inTime = await this.#until(() => (isSilent ? begun === waiting.length : isDone()), timeoutMs);
    pacer.stop();
    const failed = this.devices.length - this.counters.open;
    if (this.plan.fault === undefined && this.plan.reconnectMs === undefined && (failed > 0 || !inTime)) {
      throw new Error(
        `${failed} of ${this.devices.length} devices were not let in: ${JSON.stringify(this.counters.closed)}`,
      );
    }
  }

  /** Begins to publish; replaces the pattern before it. */
  start(pattern: Pattern): void {
    this.pause();
    this.#pattern = pattern;
    if (pattern.kind === 'rate') {
      const { devices } = this;
      this.#pacer = new Pacer(pattern.perSecond * devices.length, (k) => {
        if (!devices[k % devices.length]!.publish(65_535)) this.#context.counters.blocked++;
      });
      return;
    }
    if (pattern.kind === 'batches') {
      const { devices } = this;
      const { perSecond, together } = pattern;
      if (this.plan.qos !== 0) throw new RangeError('batches are of QoS 0: nothing in them is numbered');
      this.#pacer = new Pacer((perSecond * devices.length) / together, (k) => {
        if (!devices[k % devices.length]!.publishBatch(together)) this.#context.counters.blocked += together;
      });
      return;
    }
    this.#prime(0);
  }

  /** Stops publishing; acknowledgements still come in. */
  pause(): void {
    this.#skipped += this.#skippedNow();
    this.#pacer?.stop();
    this.#pacer = undefined;
    this.#pattern = undefined;
  }

  /** Stops publishing and waits until nothing is unacknowledged. @returns false after `timeoutMs`. */
  async settle(timeoutMs = 10_000): Promise<boolean> {
    this.pause();
    return this.#until(() => this.#unacked() === 0, timeoutMs);
  }

  /** Ends every connection, with a goodbye or abruptly, and waits up to 3 s for them to be gone. Idempotent. */
  async end({ abrupt = false } = {}): Promise<void> {
    this.pause();
    this.#context.isEnding = true;
    clearTimeout(this.#end);
    clearInterval(this.#keepAlive);
    this.#pings?.stop();
    for (const device of this.devices) {
      if (abrupt) device.drop();
      else device.leave();
    }
    const isGone = (device: Device): boolean => device.state === 'closed' || device.state === 'idle';
    if (await this.#until(() => this.devices.every(isGone), 3000)) return;
    this.devices.forEach((device) => device.drop());
  }

  report(): FleetReport {
    const { counters, latency, pings } = this.#context;
    return {
      ...counters,
      rejected: { ...counters.rejected },
      closed: { ...counters.closed },
      devices: this.devices.length,
      unacked: this.#unacked(),
      skipped: this.#skipped + this.#skippedNow(),
      latency: latency.summary(),
      pings: pings.summary(),
      unanswered: this.devices.reduce((sum, device) => sum + device.unanswered, 0),
    };
  }

  latencyRecord(): HistogramRecord {
    return this.#context.latency.record();
  }
  resetLatency(): void {
    this.#context.latency.reset();
    this.#context.pings.reset();
  }

  /** How much of the messages numbered 1 to `last` each device received. */
  heard(last: number): Heard {
    const missing = this.devices.map(({ heard }) => last - heard.size);
    return {
      complete: missing.filter((count) => count === 0).length,
      missing: missing.reduce((sum, count) => sum + count, 0),
    };
  }

  /** What every device sent and what was acknowledged, for `verifyUplink`. */
  ledger(): Ledger {
    const { qos } = this.plan;
    return this.devices.map(({ id, sent, ledger }) => ({ device: id, qos, sent, acked: ledger.ranges }));
  }

  // Closed loop and flood: whoever may send, sends.
  #refill(device: Device): void {
    const pattern = this.#pattern;
    if (pattern === undefined || pattern.kind === 'rate' || pattern.kind === 'batches') return;
    const most = pattern.kind === 'closed' ? pattern.inflight : 65_535;
    const last = (pattern.kind === 'closed' ? pattern.messages : undefined) ?? Infinity;
    // A flood of QoS 0 ends when the socket is full; the limit only lets other sockets have their turn.
    for (let i = 0; i < 1024; i++) if (device.sent >= last || !device.publish(most)) return;
    setImmediate(() => this.#refill(device));
  }

  // A few devices each turn of the loop, so that a closed loop does not begin as one burst.
  #prime(from: number): void {
    const pattern = this.#pattern;
    const to = Math.min(from + 50, this.devices.length);
    for (const device of this.devices.slice(from, to)) {
      if (device.state === 'open') device.gathered(() => this.#refill(device));
    }
    if (to < this.devices.length) setImmediate(() => pattern === this.#pattern && this.#prime(to));
  }

  #ping(idleMs: number): void {
    const nowMs = (this.#context.coarseNowMs = performance.now());
    for (const device of this.devices) if (nowMs - device.lastWriteMs > idleMs) device.ping();
  }

  #skippedNow(): number {
    const pattern = this.#pattern;
    return (this.#pacer?.skipped ?? 0) * (pattern?.kind === 'batches' ? pattern.together : 1);
  }

  #unacked(): number {
    return this.devices.reduce((sum, device) => sum + device.unacked, 0);
  }

  async #until(isTrue: () => boolean, timeoutMs: number): Promise<boolean> {
    const deadlineMs = performance.now() + timeoutMs;
    while (!isTrue()) {
      if (performance.now() > deadlineMs) return false;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return true;
  }
}

const deviceId = (prefix: string, number: number): string => `${prefix}${String(number).padStart(4, '0')}`;
