import type { DeviceLedger } from './ledger.ts';
import { numberOf } from './payload.ts';
import { RangeSet } from './range-set.ts';

/** What the streams say about one device, or about all of a ledger. */
export interface Finding {
  /** Entries of the ledger's devices. */
  entries: number;
  /** Acknowledged messages. */
  acked: number;
  /** Acknowledged messages that are in no stream. */
  missing: number;
  /** Messages of QoS 2 that stand more than once. */
  doubled: number;
  /** Repeats that QoS 1 allows: the same epoch and seq again, or the same message in a later epoch. */
  repeated: number;
  /** Entries whose (epoch, seq), seen for the first time, come after a higher one of their device. */
  reordered: number;
  /** Entries of an older epoch after a newer one: the tail of a connection that was taken over. Allowed. */
  late: number;
  /** Numbers absent in `seq` of an epoch: lost, shed or refused. Allowed, and none is expected in good weather. */
  seqGaps: number;
  /** The first few findings, in words. */
  examples: string[];
}

interface EpochCheck {
  seqs: RangeSet;
  highestSeq: number;
  highestNumber: number;
}

const mostExamples = 3;

/** Compares one device's entries, given in stream order, with what the device knows. */
export class DeviceCheck {
  readonly #ledger: DeviceLedger;
  readonly #numbers = new RangeSet();
  readonly #epochs = new Map<number, EpochCheck>();
  readonly #counts = { entries: 0, doubled: 0, repeated: 0, reordered: 0, late: 0 };
  readonly #examples: string[] = [];
  #newestEpoch = 0;

  constructor(ledger: DeviceLedger) {
    this.#ledger = ledger;
  }

  saw(epoch: number, seq: number, payload: Uint8Array): void {
    const n = numberOf(payload);
    if (n < 0) return;
    this.#counts.entries++;
    if (!this.#numbers.add(n)) {
      this.#counts.repeated++;
      if (this.#ledger.qos === 2) {
        this.#counts.doubled++;
        this.#note(`message ${n} (QoS 2) stands again as ${epoch}/${seq}`);
      }
    }
    this.#order(epoch, seq, n);
  }

  finding(): Finding {
    let missing = 0;
    let acked = 0;
    for (const [from, to] of this.#ledger.acked) {
      acked += to - from + 1;
      for (let n = from; n <= to; n++) {
        if (this.#numbers.has(n)) continue;
        if (missing++ === 0) this.#note(`message ${n} was acknowledged and is in no stream`);
      }
    }
    let seqGaps = 0;
    for (const { seqs, highestSeq } of this.#epochs.values()) seqGaps += highestSeq - seqs.size;
    return { ...this.#counts, acked, missing, seqGaps, examples: this.#examples };
  }

  // A re-sent entry repeats its (epoch, seq) and may stand anywhere after the first; first sightings must ascend, and
  // so must the message numbers of an epoch: a device that returns repeats the old ones first, in order.
  #order(epoch: number, seq: number, n: number): void {
    let check = this.#epochs.get(epoch);
    if (check === undefined)
      this.#epochs.set(epoch, (check = { seqs: new RangeSet(), highestSeq: 0, highestNumber: 0 }));
    if (epoch < this.#newestEpoch) this.#counts.late++;
    else this.#newestEpoch = epoch;
    if (!check.seqs.add(seq)) return;
    if (seq < check.highestSeq || n <= check.highestNumber) {
      this.#counts.reordered++;
      this.#note(
        `${epoch}/${seq} (message ${n}) stands after ${epoch}/${check.highestSeq} (${check.highestNumber})`,
      );
    }
    check.highestSeq = Math.max(check.highestSeq, seq);
    check.highestNumber = Math.max(check.highestNumber, n);
  }

  #note(what: string): void {
    if (this.#examples.length < mostExamples) this.#examples.push(`${this.#ledger.device}: ${what}`);
  }
}
