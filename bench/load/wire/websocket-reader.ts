import type { Consumer } from './carry.ts';
import { opcodes, readFrames, readUpgrade, type FrameSink } from './websocket.ts';

/** What comes out of a client's end of a WebSocket. */
export interface WebSocketSink {
  opened(): void;
  refused(reason: string): void;
  /** Payload of a text or binary frame, or a piece of one; valid during the call. */
  data(bytes: Buffer, from: number, to: number): void;
  pinged(payload: Buffer): void;
  closing(code: number): void;
}

/** Reads the answer to the upgrade, then frames. */
export class WebSocketReader implements Consumer, FrameSink {
  readonly #sink: WebSocketSink;
  readonly #accept: string;
  #state: 'upgrading' | 'open' | 'refused' = 'upgrading';

  constructor(accept: string, sink: WebSocketSink) {
    this.#accept = accept;
    this.#sink = sink;
  }

  consume(bytes: Buffer, from: number, to: number): number {
    if (this.#state === 'refused') return to;
    if (this.#state === 'open') return readFrames(bytes, from, to, this);
    const answer = readUpgrade(bytes, from, to, this.#accept);
    if (answer.state === 'waiting') return from;
    this.#state = answer.state;
    if (answer.state === 'refused') {
      this.#sink.refused(`http-${answer.status}`);
      return to;
    }
    this.#sink.opened();
    return readFrames(bytes, from + answer.used, to, this);
  }

  frame(first: number, bytes: Buffer, from: number, to: number): void {
    switch (first & 0x0f) {
      case opcodes.ping:
        return this.#sink.pinged(Buffer.from(bytes.subarray(from, to)));
      case opcodes.close:
        return this.#sink.closing(to - from >= 2 ? bytes.readUInt16BE(from) : 1005);
      case opcodes.pong:
        return;
      default:
        return this.#sink.data(bytes, from, to);
    }
  }
}
