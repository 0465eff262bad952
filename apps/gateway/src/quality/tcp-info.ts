/** `getsockopt(2)`; option value and length are written into the given memory. */
type GetSocketOption = (
  descriptor: number,
  level: number,
  name: number,
  value: Uint32Array,
  bytes: Uint32Array,
) => number;

const IPPROTO_TCP = 6;
const TCP_INFO = 11;

/** More than any kernel writes: 280 bytes on Linux 6.18. */
const words = 128;

/** Places of the fields of `struct tcp_info` (linux/tcp.h), which only ever grows at its end, in words of 32 bits. */
const at = {
  unacked: 6,
  lastDataSentMs: 11,
  lastAckReceivedMs: 14,
  rttUs: 17,
  rttVarianceUs: 18,
  totalRetransmitted: 25,
  segmentsOut: 34,
  minRttUs: 37, // Linux 4.6
  dataSegmentsOut: 39, // Linux 4.6
  delivered: 48, // Linux 4.18
  outOfOrderIn: 56, // Linux 5.4
} as const;

/**
 * What the kernel knows of one TCP connection, read into the same memory again and again: the getters speak of the last
 * `read`. What this kernel does not tell is undefined.
 */
export class TcpInfo {
  readonly #call: GetSocketOption;
  readonly #memory = new Uint32Array(words);
  readonly #bytes = new Uint32Array(1);
  #words = 0;

  constructor(call: GetSocketOption) {
    this.#call = call;
  }

  /** Reads the socket behind a descriptor; false when there is none, or it is no TCP socket. About a microsecond. */
  read(descriptor: number): boolean {
    this.#words = 0;
    if (descriptor < 0) return false;
    this.#bytes[0] = words * 4;
    if (this.#call(descriptor, IPPROTO_TCP, TCP_INFO, this.#memory, this.#bytes) !== 0) return false;
    this.#words = this.#bytes[0] >> 2;
    return this.#words > at.totalRetransmitted;
  }

  /** Smoothed round trip as of RFC 6298. */
  get rttUs(): number {
    return this.#memory[at.rttUs]!;
  }
  /** Mean deviation of the round trip. */
  get rttVarianceUs(): number {
    return this.#memory[at.rttVarianceUs]!;
  }
  /** The shortest round trip of the last minutes. */
  get minRttUs(): number | undefined {
    return this.#optional(at.minRttUs);
  }
  /** Segments on their way to the peer. */
  get unacked(): number {
    return this.#memory[at.unacked]!;
  }
  /** Since data was last sent, a repetition included, ms. */
  get lastDataSentMs(): number {
    return this.#memory[at.lastDataSentMs]!;
  }
  /** Since the peer was last heard, ms: every segment acknowledges something. */
  get lastAckReceivedMs(): number {
    return this.#memory[at.lastAckReceivedMs]!;
  }
  /** Segments sent again, since the beginning. */
  get retransmitted(): number {
    return this.#memory[at.totalRetransmitted]!;
  }
  /** Segments with data sent, repetitions included; before Linux 4.6 those without data too. */
  get sent(): number | undefined {
    return this.#optional(at.dataSegmentsOut) ?? this.#optional(at.segmentsOut);
  }
  /** Segments the peer acknowledged. */
  get delivered(): number | undefined {
    return this.#optional(at.delivered);
  }
  /** Segments that came out of order: reordered on the way, or behind one that was lost. */
  get outOfOrderIn(): number | undefined {
    return this.#optional(at.outOfOrderIn);
  }

  #optional(place: number): number | undefined {
    return place < this.#words ? this.#memory[place] : undefined;
  }
}

/**
 * Opens the way to the kernel's figures; undefined on other systems than Linux, and where the native library cannot be
 * loaded. Nothing else depends on it.
 */
export async function openTcpInfo(platform: string = process.platform): Promise<TcpInfo | undefined> {
  if (platform !== 'linux') return undefined;
  try {
    const { default: koffi } = await import('koffi');
    const call = koffi.load(null).func('int getsockopt(int, int, int, _Out_ void *, _Inout_ void *)');
    return new TcpInfo(call as unknown as GetSocketOption);
  } catch {
    return undefined;
  }
}
