import {
  feedCloseCodes,
  feedMessageSchema,
  type FeedMessage,
  type Subscription,
} from '@tributary/protocol/admin-api';
import { retryDelayMs } from './backoff.ts';

/** The part of a browser's WebSocket the feed uses. */
export interface FeedSocket {
  /** As of a WebSocket: 1 is open. */
  readonly readyState: number;
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}

/** `WebSocket.OPEN`. */
const open = 1;

/** What the feed needs of the world; tests give it another one. */
export interface FeedWorld {
  open(): FeedSocket;
  /** Milliseconds, never going back. */
  now(): number;
  random(): number;
  after(ms: number, then: () => void): () => void;
}

export interface FeedEvents {
  message(message: FeedMessage): void;
  /** `lost` comes once per loss; `live` once the first message has come; `signed-out` ends it until `retryNow`. */
  status(status: 'connecting' | 'live' | 'lost' | 'signed-out'): void;
}

/** The server says something each second; this much silence means the feed is lost though the socket may not know. */
export const silenceMs = 3500;
/** The server closes so that the new rights are asked for; a moment, lest two that disagree spin. */
const rightsPauseMs = 100;
/** A connection that held so long was a good one: the next attempts begin with little patience again. */
const settledMs = 3000;

/**
 * The live socket, kept alive: reconnects by itself, subscribes again, asks for a new snapshot when a message is
 * missing. Knows nothing of React or of what the messages mean.
 */
export class Feed {
  readonly #world: FeedWorld;
  readonly #events: FeedEvents;
  #wanted: readonly Subscription[] = [];
  #socket: FeedSocket | undefined;
  #isOpen = false;
  #isLost = false;
  #attempt = 0;
  /** When the server last said hello. */
  #liveAt = Number.POSITIVE_INFINITY;
  #seq = new Map<string, number>();
  #cancelTimer: () => void = () => undefined;

  constructor(world: FeedWorld, events: FeedEvents) {
    this.#world = world;
    this.#events = events;
  }

  start(): void {
    this.#events.status('connecting');
    this.#connect();
  }

  /** Everything that is wanted from now on. The same again costs nothing. */
  subscribe(wanted: readonly Subscription[]): void {
    if (JSON.stringify(wanted) === JSON.stringify(this.#wanted)) return;
    this.#wanted = wanted;
    if (this.#isOpen) this.#sendWanted();
  }

  /** Asks for snapshots of all channels, as after a pause in which messages were dropped. */
  refresh(): void {
    if (this.#isOpen) this.#sendWanted('all');
  }

  /** Does not wait for the next attempt, as when the tab is looked at again. */
  retryNow(): void {
    if (this.#socket === undefined) this.#connect();
  }

  stop(): void {
    this.#cancelTimer();
    this.#drop();
  }

  #connect(): void {
    this.#cancelTimer();
    this.#seq.clear();
    const socket = this.#world.open();
    this.#socket = socket;
    socket.onopen = () => {
      this.#isOpen = true;
      this.#sendWanted();
    };
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code }) => this.#onClose(code);
    this.#watchSilence();
  }

  #onClose(code: number): void {
    if (code === feedCloseCodes.rightsChanged) {
      this.#drop();
      this.#cancelTimer();
      this.#cancelTimer = this.#world.after(rightsPauseMs, () => this.#connect());
      return;
    }
    if (code !== feedCloseCodes.signedOut) return this.#lose();
    this.stop();
    this.#events.status('signed-out');
  }

  #receive(data: unknown): void {
    const parsed = parse(data);
    if (parsed === undefined) return this.#lose(); // no message of this protocol: begin anew
    this.#watchSilence();
    if (parsed.type === 'hello') {
      this.#liveAt = this.#world.now();
      this.#isLost = false;
      this.#events.status('live');
    } else if (!this.#isNext(parsed)) {
      return;
    }
    this.#events.message(parsed);
  }

  /** False when a message before this one is missing: a new snapshot is on its way, this one is no use. */
  #isNext(message: Exclude<FeedMessage, { type: 'hello' }>): boolean {
    const expected = (this.#seq.get(message.ch) ?? 0) + 1;
    if (message.type === 'snapshot' || message.seq === expected) {
      this.#seq.set(message.ch, message.seq);
      return true;
    }
    if (this.#seq.delete(message.ch)) this.#sendWanted(message.ch);
    return false;
  }

  /** @param fresh the channel that begins with a new snapshot, or `all`. */
  #sendWanted(fresh?: string): void {
    const isFresh = (ch: string): boolean => fresh === 'all' || ch === fresh;
    const sub = this.#wanted.map((wanted) => (isFresh(wanted.ch) ? { ...wanted, fresh: true } : wanted));
    // The server may be closing it, which is told a moment later.
    if (this.#socket?.readyState === open) this.#socket.send(JSON.stringify({ sub }));
  }

  #watchSilence(): void {
    this.#cancelTimer();
    const everyMs = Math.max(
      0,
      ...this.#wanted.map((wanted) => ('everyMs' in wanted ? (wanted.everyMs ?? 0) : 0)),
    );
    this.#cancelTimer = this.#world.after(silenceMs + 2 * everyMs, () => this.#lose());
  }

  #lose(): void {
    this.#drop();
    // A greeting alone is no good connection: a server whose messages cannot be read would be asked twice a second.
    if (this.#world.now() - this.#liveAt >= settledMs) this.#attempt = 0;
    this.#liveAt = Number.POSITIVE_INFINITY;
    if (!this.#isLost) this.#events.status('lost');
    this.#isLost = true;
    this.#cancelTimer();
    this.#cancelTimer = this.#world.after(retryDelayMs(this.#attempt++, this.#world.random()), () =>
      this.#connect(),
    );
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#isOpen = false;
    if (socket === undefined) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}

function parse(data: unknown): FeedMessage | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const parsed = feedMessageSchema.safeParse(JSON.parse(data));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
