import { count, type Counters } from './counters.ts';
import type { Histogram } from './histogram.ts';
import { Inflight, packetIdOf } from './inflight.ts';
import { Link, spread, type LinkEvents } from './link.ts';
import { defaultPrefix, type FleetPlan } from './plan.ts';
import { numberOf, type PayloadMaker } from './payload.ts';
import { RangeSet } from './range-set.ts';
import type { Slab } from './slab.ts';
import { speechFor } from './wire/dialects.ts';
import type { Greeting, Listener, Speech } from './wire/speech.ts';

/** What the devices of a fleet share. */
export interface FleetContext {
  readonly plan: FleetPlan;
  readonly slab: Slab;
  readonly payload: PayloadMaker;
  readonly counters: Counters;
  readonly latency: Histogram;
  /** From PINGREQ to PINGRESP. */
  readonly pings: Histogram;
  /** Milliseconds, coarse: good enough to know when a keep-alive is due. */
  coarseNowMs: number;
  /** Devices between connect and being let in or not. */
  connecting: number;
  /** The fleet ends: nobody returns. */
  isEnding: boolean;
  /** The device may send one more. */
  roomFor(device: Device): void;
}

/** A simulated device: one connection at a time, with what it sent and what was acknowledged. */
export class Device implements LinkEvents, Listener {
  readonly id: string;
  /** Numbers of the messages the server acknowledged; QoS 2 counts from PUBREC on. */
  readonly ledger = new RangeSet();
  /** Numbers of the messages it received. */
  readonly heard = new RangeSet();
  state: 'idle' | 'connecting' | 'open' | 'closed' = 'idle';
  lastWriteMs = 0;
  readonly #fleet: FleetContext;
  readonly #topic: Buffer;
  readonly #inflight: Inflight;
  /** When the pings without an answer left, oldest first. */
  #pingsAt: number[] = [];
  #limit = 0;
  #link: Link | undefined;
  /** What `publishBatch` sends. */
  #batch: Buffer | undefined;
  #speech: Speech | undefined;
  #reason: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(id: string, fleet: FleetContext) {
    const { plan } = fleet;
    this.id = id;
    this.#fleet = fleet;
    this.#topic = Buffer.from(this.#named(plan.topic ?? 'devices/ID/telemetry'));
    this.#inflight = new Inflight(plan.qos === 0 ? 1 : (plan.window ?? 64));
  }

  /** Messages begun, the unacknowledged among them. */
  get sent(): number {
    return this.#inflight.last;
  }
  get unacked(): number {
    return this.#inflight.open;
  }

  connect(): void {
    const { plan } = this.#fleet;
    clearTimeout(this.#timer);
    this.state = 'connecting';
    this.#fleet.connecting++;
    this.#reason = undefined;
    this.#pingsAt = [];
    this.#link = new Link(plan.endpoint, plan.fault, this);
    this.#speech = speechFor(plan, this.id, this.#fleet.slab, this);
  }

  /**
   * Sends the next message.
   *
   * @param most unacknowledged messages wanted; the window may allow fewer.
   * @returns false when it cannot go out now.
   */
  publish(most: number): boolean {
    const { plan, counters, payload } = this.#fleet;
    if (this.state !== 'open' || this.#link!.isCongested) return false;
    let n: number;
    if (plan.qos === 0) n = ++this.#inflight.last;
    else {
      if (!this.#inflight.hasRoom(Math.min(most, this.#limit))) return false;
      n = this.#inflight.begin(performance.now());
    }
    counters.sent++;
    this.#transmit(n, payload(this.id, n), false);
    return true;
  }

  /** Sends `count` messages at QoS 0 in one write, the same each time. @returns false when it cannot go out now */
  publishBatch(count: number): boolean {
    if (this.state !== 'open' || this.#link!.isCongested) return false;
    this.#batch ??= Buffer.concat(Array.from({ length: count }, () => this.#encode(0, false)));
    this.#fleet.counters.sent += count;
    this.reply(this.#batch);
    return true;
  }

  /** Joins the writes of `act` into one. */
  gathered(act: () => void): void {
    this.#link?.gather();
    act();
    this.#link?.flush();
  }

  subscribe(filter: string, qos: 0 | 1 | 2 = 1): void {
    const bytes = this.#speech?.subscribe(1, filter, qos);
    if (this.state === 'open' && bytes !== undefined) this.reply(bytes);
  }
  ping(): void {
    if (this.state !== 'open') return;
    this.#pingsAt.push(performance.now());
    this.reply(this.#speech!.ping());
  }
  /** Pings without an answer. */
  get unanswered(): number {
    return this.#pingsAt.length;
  }

  /** Ends the connection with a goodbye. */
  leave(): void {
    clearTimeout(this.#timer);
    if (this.state === 'open') {
      this.#reason ??= 'own';
      this.#link?.end(this.#speech!.goodbye());
    } else this.drop();
  }
  /** Ends the connection abruptly, with a reset when it was open. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#reason ??= 'own';
    if (this.state === 'open') this.#link?.reset();
    else this.#link?.destroy();
  }

  // LinkEvents
  opened(): void {
    if (this.#fleet.plan.fault?.kind === 'silent') return;
    this.reply(this.#speech!.opening());
  }
  bytes(bytes: Buffer, length: number): void {
    this.#speech!.feed(bytes, 0, length);
  }
  drained(): void {
    if (this.state === 'open') this.#fleet.roomFor(this);
  }
  closed(reason: string): void {
    const { counters, plan, isEnding } = this.#fleet;
    if (this.state === 'open') counters.open--;
    else this.#fleet.connecting--;
    count(counters.closed, this.#reason ?? reason);
    this.state = 'closed';
    const returns = !isEnding && (plan.reconnectMs !== undefined || plan.fault?.kind === 'flap');
    if (returns) this.#timer = setTimeout(() => this.connect(), spread(plan.reconnectMs ?? 500));
    else counters.lost += this.#inflight.open;
  }

  // Listener
  reply(bytes: Buffer): void {
    this.lastWriteMs = this.#fleet.coarseNowMs;
    this.#link!.write(bytes);
  }
  greeted(greeting: Greeting): void {
    const { counters, plan } = this.#fleet;
    this.state = 'open';
    this.#fleet.connecting--;
    this.#limit = Math.min(plan.window ?? 64, greeting.window);
    counters.open++;
    counters.greeted++;
    this.#resume(greeting.sessionPresent);
    const { subscribe } = plan;
    if (subscribe !== undefined && greeting.sessionPresent) counters.subscribed++;
    else if (subscribe !== undefined) this.subscribe(this.#named(subscribe.filter), subscribe.qos);
    this.#link!.admitted();
    const { fault } = plan;
    if (fault?.kind === 'flap') {
      this.#timer = setTimeout(() => (fault.abrupt ? this.drop() : this.leave()), spread(fault.everyMs));
    }
    this.#fleet.roomFor(this);
  }
  refused(reason: string): void {
    this.#reason ??= reason;
    this.#link!.destroy();
  }
  acked(packetId: number): void {
    const n = this.#inflight.find(packetId);
    if (n === 0) return;
    if (!this.#inflight.isReceived(n)) this.#confirm(n);
    this.#settle(n);
  }
  received(packetId: number): void {
    const n = this.#inflight.find(packetId);
    if (n !== 0 && this.#inflight.receive(n)) this.#confirm(n);
    if (this.#fleet.plan.fault?.kind !== 'no-pubrel') this.reply(this.#speech!.pubrel(packetId));
  }
  rejected(packetId: number, reason: string): void {
    count(this.#fleet.counters.rejected, reason);
    const n = this.#inflight.find(packetId);
    if (n !== 0) this.#settle(n);
  }
  message(isDup: boolean, bytes: Buffer, from: number, to: number): void {
    const { counters } = this.#fleet;
    counters.received++;
    if (isDup) counters.redelivered++;
    const n = numberOf(bytes.subarray(from, to));
    if (n > 0 && !this.heard.add(n)) counters.doubled++;
  }
  granted(isGranted: boolean): void {
    if (isGranted) this.#fleet.counters.subscribed++;
  }
  ponged(): void {
    const sentAt = this.#pingsAt.shift();
    if (sentAt !== undefined) this.#fleet.pings.add((performance.now() - sentAt) * 1000);
  }
  goodbye(reason: string): void {
    this.#reason ??= reason;
  }

  #named(template: string): string {
    const number = this.id.slice((this.#fleet.plan.idPrefix ?? defaultPrefix).length);
    return template.replaceAll('ID', this.id).replaceAll('NUMBER', number);
  }

  #confirm(n: number): void {
    this.#fleet.counters.acked++;
    this.#fleet.latency.add((performance.now() - this.#inflight.sentAt(n)) * 1000);
    this.ledger.add(n);
  }

  #settle(n: number): void {
    this.#inflight.settle(n);
    if (this.state === 'open') this.#fleet.roomFor(this);
  }

  // A QoS 1 message is sent again in any case. One of QoS 2 only within its session: in a new one it could be doubled.
  #resume(sessionPresent: boolean): void {
    const { counters, plan, payload } = this.#fleet;
    for (const n of this.#inflight.unsettled()) {
      if (plan.qos === 2 && !sessionPresent) {
        if (!this.#inflight.isReceived(n)) counters.lost++;
        this.#inflight.settle(n);
      } else if (this.#inflight.isReceived(n)) this.reply(this.#speech!.pubrel(packetIdOf(n)));
      else {
        counters.resent++;
        this.#transmit(n, payload(this.id, n), sessionPresent);
      }
    }
  }

  #transmit(n: number, payload: Buffer, dup: boolean): void {
    this.reply(this.#encode(n, dup, payload));
  }

  #encode(n: number, dup: boolean, payload = this.#fleet.payload(this.id, n)): Buffer {
    return this.#speech!.publish({ topic: this.#topic, payload, packetId: packetIdOf(n), dup });
  }
}
