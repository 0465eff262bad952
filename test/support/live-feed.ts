import { WebSocket } from 'ws';
import { until } from './until.ts';

/** A message of the live feed. */
export interface FeedMessage {
  readonly type: string;
  readonly ch?: string;
  readonly [field: string]: unknown;
}

/** One viewer of the live feed. */
export class Feed {
  readonly messages: FeedMessage[] = [];
  readonly #socket: WebSocket;

  constructor(url: string, headers: Record<string, string>, origin: string) {
    this.#socket = new WebSocket(url, { headers: { ...headers, origin } });
    this.#socket.on('message', (data) =>
      this.messages.push(JSON.parse((data as Buffer).toString()) as FeedMessage),
    );
    this.#socket.on('error', () => undefined);
  }

  async open(): Promise<void> {
    await until('the live socket to open', () => this.#socket.readyState === WebSocket.OPEN);
  }

  subscribe(sub: readonly object[]): void {
    this.#socket.send(JSON.stringify({ sub }));
  }

  /** All there is of one field of a channel's messages, one after the other. */
  all<T>(ch: string, field: string): T[] {
    return this.messages.filter((one) => one.ch === ch).flatMap((one) => (one[field] ?? []) as T[]);
  }

  close(): void {
    this.#socket.terminate();
  }
}
