import { TcpInfo } from '../quality/tcp-info.ts';

/** Places in `struct tcp_info`, in words. */
const places = {
  ...{ unacked: 6, lastAckReceivedMs: 14, rttUs: 17, rttVarianceUs: 18, retransmitted: 25, segmentsOut: 34 },
  ...{ minRttUs: 37, sent: 39, delivered: 48, outOfOrderIn: 56 },
} as const;

/** A kernel that says what the test wants, in as many bytes as the test wants. */
export class FakeKernel {
  readonly info: TcpInfo;
  bytes = 280;
  /** False: there is no such socket. */
  isThere = true;
  /** How often it was asked. */
  reads = 0;
  readonly #said = new Map<number, number>();

  constructor() {
    this.info = new TcpInfo((_descriptor, _level, _name, value, bytes) => {
      this.reads++;
      if (!this.isThere) return -1;
      value.fill(0xffff_ffff);
      for (const [place, said] of this.#said) value[place] = said;
      bytes[0] = this.bytes;
      return 0;
    });
    this.says({ rttUs: 0, rttVarianceUs: 0, unacked: 0, lastAckReceivedMs: 0, retransmitted: 0 });
    this.says({ segmentsOut: 0, minRttUs: 0, sent: 0, delivered: 0, outOfOrderIn: 0 });
  }

  says(facts: Partial<Record<keyof typeof places, number>>): void {
    for (const [name, value] of Object.entries(facts))
      this.#said.set(places[name as keyof typeof places], value);
  }
}
