/** Buckets per power of two: a value is known to about 3 %. */
const subBuckets = 32;
const largest = 2 ** 31 - 1;

/** What a histogram says, in milliseconds. */
export interface LatencySummary {
  count: number;
  meanMs: number;
  p50Ms: number;
  p90Ms: number;
  p99Ms: number;
  p999Ms: number;
  maxMs: number;
}

/** A histogram on its way to another process: the filled buckets only. */
export interface HistogramRecord {
  buckets: [index: number, count: number][];
  sumUs: number;
  maxUs: number;
}

/** Latencies in log-linear buckets: 1 µs to 35 minutes at 3 % precision in 4 KB, whatever the number of values. */
export class Histogram {
  readonly #counts = new Uint32Array(subBuckets * 28);
  #count = 0;
  #sumUs = 0;
  #maxUs = 0;

  get count(): number {
    return this.#count;
  }

  /** @param us microseconds; negative counts as 0. */
  add(us: number): void {
    const value = us < 0 ? 0 : us > largest ? largest : us | 0;
    const bucket = bucketOf(value);
    this.#counts[bucket] = this.#counts[bucket]! + 1;
    this.#count++;
    this.#sumUs += value;
    if (value > this.#maxUs) this.#maxUs = value;
  }

  merge(other: HistogramRecord): void {
    for (const [bucket, count] of other.buckets) {
      this.#counts[bucket] = this.#counts[bucket]! + count;
      this.#count += count;
    }
    this.#sumUs += other.sumUs;
    this.#maxUs = Math.max(this.#maxUs, other.maxUs);
  }

  reset(): void {
    this.#counts.fill(0);
    this.#count = this.#sumUs = this.#maxUs = 0;
  }

  /** The value that `share` (0–1) of all values do not exceed, in microseconds; 0 when empty. */
  percentileUs(share: number): number {
    let left = Math.ceil(this.#count * share);
    if (left === 0) return 0;
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      left -= this.#counts[bucket]!;
      if (left <= 0) return Math.min(upperEdge(bucket), this.#maxUs);
    }
    return this.#maxUs;
  }

  summary(): LatencySummary {
    const ms = (share: number): number => this.percentileUs(share) / 1000;
    return {
      count: this.#count,
      meanMs: this.#count === 0 ? 0 : this.#sumUs / this.#count / 1000,
      p50Ms: ms(0.5),
      p90Ms: ms(0.9),
      p99Ms: ms(0.99),
      p999Ms: ms(0.999),
      maxMs: this.#maxUs / 1000,
    };
  }

  record(): HistogramRecord {
    const buckets: [number, number][] = [];
    this.#counts.forEach((count, bucket) => {
      if (count > 0) buckets.push([bucket, count]);
    });
    return { buckets, sumUs: this.#sumUs, maxUs: this.#maxUs };
  }
}

// Values below 2 × subBuckets have a bucket of their own; above, the top six bits of the value choose it.
function bucketOf(value: number): number {
  if (value < 2 * subBuckets) return value;
  const shift = 26 - Math.clz32(value);
  return shift * subBuckets + (value >>> shift);
}

function upperEdge(bucket: number): number {
  if (bucket < 2 * subBuckets) return bucket;
  const shift = Math.floor(bucket / subBuckets) - 1;
  const top = bucket - shift * subBuckets;
  return (top + 1) * 2 ** shift - 1;
}
