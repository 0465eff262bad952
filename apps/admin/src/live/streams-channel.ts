import type { StreamWatch } from '../streams/stream-watch.ts';
import type { Channel } from './channel.ts';

/** The streams, whole, whenever they were looked at anew: there are few enough partitions on a page. */
export class StreamsChannel implements Channel {
  readonly #streams: StreamWatch;
  readonly #leave: () => void;
  #sent = -1;

  constructor(streams: StreamWatch) {
    this.#streams = streams;
    this.#leave = streams.watch();
  }

  snapshot(): object {
    this.#sent = this.#streams.version;
    return { streams: this.#streams.streams() };
  }

  delta(): object | undefined {
    return this.#streams.version === this.#sent ? undefined : this.snapshot();
  }

  close(): void {
    this.#leave();
  }
}
