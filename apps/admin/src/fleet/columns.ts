import { bands, causes, sparkPoints } from '@tributary/protocol/admin-api';
import { addressWords } from './address.ts';

const firstCapacity = 1024;

/** In `score` and `spark`: not known. */
export const noScore = 255;
/** In `band`: not known. */
export const noBand = bands.indexOf('unknown');

/** One array per fact, one slot per device: 100,000 devices are a few dozen arrays, not 100,000 objects. */
export class Columns {
  capacity = firstCapacity;
  id: string[] = [];
  /** Remote `address:port`. */
  address: string[] = [];

  /** 1: a device is here. */
  used = new Uint8Array(firstCapacity);
  /** How many devices had been seen before this one: tells a slot's second tenant from its first. */
  born = new Float64Array(firstCapacity);

  /** Differs whenever something of the device has changed. */
  version = new Float64Array(firstCapacity);

  online = new Uint8Array(firstCapacity);
  node = new Uint16Array(firstCapacity);
  reason = new Uint16Array(firstCapacity);
  protocol = new Uint16Array(firstCapacity);
  transport = new Uint16Array(firstCapacity);
  listener = new Uint16Array(firstCapacity);
  class = new Uint16Array(firstCapacity);
  /** 4, 6, or 0 for an address that is none; `ip` has it as numbers, four to a device. */
  ipFamily = new Uint8Array(firstCapacity);
  ip = new Uint32Array(firstCapacity * addressWords);

  epoch = new Float64Array(firstCapacity);
  keepAlive = new Float64Array(firstCapacity);
  expiry = new Float64Array(firstCapacity);
  connects = new Float64Array(firstCapacity);
  firstSeen = new Float64Array(firstCapacity);
  connectedAt = new Float64Array(firstCapacity);
  disconnectedAt = new Float64Array(firstCapacity);
  lastSeen = new Float64Array(firstCapacity);
  /** Totals of the finished epochs. */
  messages = new Float64Array(firstCapacity);
  bytes = new Float64Array(firstCapacity);
  /** The current or last epoch. */
  epochMessages = new Float64Array(firstCapacity);
  epochBytes = new Float64Array(firstCapacity);

  /** Messages and bytes per second between the last two samples. */
  rate = new Float64Array(firstCapacity);
  byteRate = new Float32Array(firstCapacity);
  /** The node's time of the last sample, Unix ms; NaN while there is none to measure from. */
  sampledAt = new Float64Array(firstCapacity);
  /** Until when the rate is believed, by this process' monotonic clock. */
  rateUntil = new Float64Array(firstCapacity);

  /** 0 to 100, or `noScore`. Of a device that is not connected it is what was last measured, and not to be shown. */
  score = new Uint8Array(firstCapacity);
  /** Place in `bands`. */
  band = new Uint8Array(firstCapacity);
  /** Place in `confidences`. */
  confidence = new Uint8Array(firstCapacity);
  /** What takes most points: place in `causes` plus 1; 0 is nothing. */
  cause = new Uint8Array(firstCapacity);
  /** Points by cause, six to a device, in the order of `causes`. */
  penalties = new Uint8Array(firstCapacity * causes.length);
  /** Who measured rtt, jitter and loss, three to a device: place in `figureSources` plus 1; 0 is nobody. */
  sources = new Uint8Array(firstCapacity * 3);
  /** ms; NaN: not measured. */
  rtt = new Float32Array(firstCapacity);
  jitter = new Float32Array(firstCapacity);
  /** 0 to 1; NaN: not measured. */
  loss = new Float32Array(firstCapacity);
  /** Unplanned reconnects within the hour. */
  flaps = new Uint16Array(firstCapacity);
  /** Messages that wait in the queue of its session. */
  backlog = new Uint32Array(firstCapacity);
  /** Place in `zombieReasons` plus 1; 0 is none. */
  zombie = new Uint8Array(firstCapacity);
  sleepy = new Uint8Array(firstCapacity);
  /** Unix ms of the newest figures by the node's clock; 0 is never. */
  qualityAt = new Float64Array(firstCapacity);
  /** Scores of the last ten minutes, a ring of `sparkPoints` to a device; all rings turn together. */
  spark = new Uint8Array(firstCapacity * sparkPoints);

  /** Every typed array of the table, with its number of elements for each slot. */
  #arrays = this.#list();

  /** Makes room for `slots`, at least doubling. */
  reserve(slots: number): void {
    if (slots <= this.capacity) return;
    this.capacity = Math.max(slots, this.capacity * 2);
    for (const { name, column, width } of this.#arrays) {
      const Kind = column.constructor as new (length: number) => Float64Array;
      const wider = new Kind(width * this.capacity);
      wider.set(column);
      Object.assign(this, { [name]: wider });
    }
    this.#arrays = this.#list();
  }

  /** Empties a slot for the next device. */
  clear(slot: number): void {
    for (const { column, width } of this.#arrays) {
      if (width === 1) column[slot] = 0;
      else column.fill(0, slot * width, (slot + 1) * width);
    }
    this.id[slot] = '';
    this.address[slot] = '';
    this.sampledAt[slot] = Number.NaN;
    this.spark.fill(noScore, slot * sparkPoints, (slot + 1) * sparkPoints);
    this.clearQuality(slot);
  }

  /** Nothing is known of the link. What counts over an hour stays. */
  clearQuality(slot: number): void {
    this.score[slot] = noScore;
    this.band[slot] = noBand;
    this.confidence[slot] = 0;
    this.cause[slot] = 0;
    this.penalties.fill(0, slot * causes.length, (slot + 1) * causes.length);
    this.sources.fill(0, slot * 3, (slot + 1) * 3);
    this.rtt[slot] = Number.NaN;
    this.jitter[slot] = Number.NaN;
    this.loss[slot] = Number.NaN;
    this.zombie[slot] = 0;
    this.qualityAt[slot] = 0;
  }

  #list(): { name: string; column: Float64Array; width: number }[] {
    return Object.entries(this)
      .filter((entry): entry is [string, Float64Array] => ArrayBuffer.isView(entry[1]))
      .map(([name, column]) => ({ name, column, width: column.length / this.capacity }));
  }
}
