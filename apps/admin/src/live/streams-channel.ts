import type { Streams } from '@tributary/protocol/admin-api';
import type { StreamWatch } from '../streams/stream-watch.ts';
import type { Channel } from './channel.ts';

/** A viewer gets no more than this a second on average: of many partitions it hears less often. */
const bytesPerLook = 8000;

/** The streams, whole, when they were looked at anew: each second where there are few partitions. */
export class StreamsChannel implements Channel {
  readonly #streams: StreamWatch;
  readonly #leave: () => void;
  #nextVersion = 0;

  constructor(streams: StreamWatch) {
    this.#streams = streams;
    this.#leave = streams.watch();
  }

  snapshot(): { streams: Streams } {
    const streams = this.#streams.streams();
    const looks = Math.ceil(JSON.stringify(streams).length / bytesPerLook);
    this.#nextVersion = this.#streams.version + looks;
    return { streams };
  }

  delta(): object | undefined {
    return this.#streams.version < this.#nextVersion ? undefined : this.snapshot();
  }

  close(): void {
    this.#leave();
  }
}
