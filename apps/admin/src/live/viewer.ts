import { feedCloseCodes, feedRequestSchema, type Subscription } from '@tributary/protocol/admin-api';
import type { WebSocket } from '@fastify/websocket';
import type { Clock } from '@tributary/runtime';
import type { Channel, ChannelMaker, ChannelMakers, Watcher } from './channel.ts';

export interface ViewerLimits {
  /** A viewer with more than this unsent is skipped until it has read. */
  maxBufferedBytes: number;
  /** One that stays so for this long is closed. */
  slowCloseMs: number;
  maxMessagesPerSecond: number;
}

interface Open {
  /** The subscription's JSON: the same again leaves the channel as it is. */
  wanted: string;
  channel: Channel;
  everyMs: number;
  sentAt: number;
  seq: number;
}

// Ticks come a little early or late; a channel that is nearly due goes with this one.
const slackMs = 50;

/** One browser tab on the live socket. */
export class Viewer {
  /** Ticks in which nothing was sent because the viewer had not read what was sent before. */
  skipped = 0;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #makers: ChannelMakers;
  readonly #watcher: Watcher;
  readonly #limits: ViewerLimits;
  readonly #open = new Map<Subscription['ch'], Open>();
  /** What it wanted last, when there was no room for an answer. */
  #wish: readonly Subscription[] | undefined;
  #slowSince: number | undefined;
  #budget: number;
  #budgetAt: number;

  constructor(
    socket: WebSocket,
    watcher: Watcher,
    parts: { clock: Clock; makers: ChannelMakers },
    limits: ViewerLimits,
    build: string,
  ) {
    this.#socket = socket;
    this.#watcher = watcher;
    this.#clock = parts.clock;
    this.#makers = parts.makers;
    this.#limits = limits;
    this.#budget = limits.maxMessagesPerSecond;
    this.#budgetAt = this.#clock.monotonic();
    this.#send({ type: 'hello', build, now: this.#now() });
  }

  /** A message of the viewer: the full set of what it wants. Anything else ends the connection. */
  onMessage(text: string): void {
    const request = this.#isTooFast() ? undefined : parseRequest(text);
    if (request === undefined) {
      this.#socket.close(feedCloseCodes.badRequest, 'not a subscription, or too many');
      return;
    }
    // Asking without reading must not pile up snapshots: of several wishes the last one is met, once there is room.
    if (this.#isFull) this.#wish = request;
    else this.#meet(request);
  }

  #meet(request: readonly Subscription[]): void {
    this.#wish = undefined;
    const wanted = new Set(request.map((subscription) => subscription.ch));
    for (const ch of this.#open.keys()) if (!wanted.has(ch)) this.#close(ch);
    for (const subscription of request) this.#subscribe(subscription);
  }

  /** Sends what is due. @param at monotonic ms. */
  tick(at: number): void {
    if (this.#socket.readyState !== this.#socket.OPEN || this.#isBehind(at)) return;
    if (this.#wish !== undefined) this.#meet(this.#wish);
    for (const [ch, open] of this.#open) {
      if (at - open.sentAt < open.everyMs - slackMs) continue;
      const delta = open.channel.delta();
      open.sentAt = at;
      if (delta !== undefined) this.#send({ type: 'delta', ch, seq: ++open.seq, now: this.#now(), ...delta });
    }
  }

  #subscribe({ fresh, ...subscription }: Subscription): void {
    const wanted = JSON.stringify(subscription);
    const before = this.#open.get(subscription.ch);
    if (before?.wanted === wanted && fresh !== true) return;
    // What this server does not offer is never answered.
    const maker = this.#makers[subscription.ch] as ChannelMaker<Subscription['ch']> | undefined;
    if (maker === undefined) return;
    this.#close(subscription.ch);
    const open: Open = {
      wanted,
      channel: maker.open(subscription, this.#watcher),
      everyMs: (subscription.ch === 'fleet' ? subscription.everyMs : undefined) ?? maker.everyMs,
      sentAt: this.#clock.monotonic(),
      seq: 1,
    };
    this.#open.set(subscription.ch, open);
    this.#send({
      type: 'snapshot',
      ch: subscription.ch,
      seq: 1,
      now: this.#now(),
      ...open.channel.snapshot(),
    });
  }

  /** The viewer has left: its channels hold nothing any more. */
  end(): void {
    for (const ch of [...this.#open.keys()]) this.#close(ch);
  }

  #close(ch: Subscription['ch']): void {
    this.#open.get(ch)?.channel.close?.();
    this.#open.delete(ch);
  }

  get #isFull(): boolean {
    return this.#socket.bufferedAmount > this.#limits.maxBufferedBytes;
  }

  #isBehind(at: number): boolean {
    if (!this.#isFull) {
      this.#slowSince = undefined;
      return false;
    }
    this.skipped++;
    this.#slowSince ??= at;
    if (at - this.#slowSince >= this.#limits.slowCloseMs) {
      this.#socket.close(feedCloseCodes.slowViewer, 'the viewer does not read');
      // Its close frame stands behind all it did not read.
      this.#socket.terminate();
    }
    return true;
  }

  #isTooFast(): boolean {
    const at = this.#clock.monotonic();
    const { maxMessagesPerSecond: most } = this.#limits;
    this.#budget = Math.min(most, this.#budget + ((at - this.#budgetAt) * most) / 1000);
    this.#budgetAt = at;
    return --this.#budget < 0;
  }

  #now(): number {
    return this.#clock.now();
  }

  #send(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }
}

function parseRequest(text: string): Subscription[] | undefined {
  try {
    return feedRequestSchema.parse(JSON.parse(text)).sub;
  } catch {
    return undefined;
  }
}
