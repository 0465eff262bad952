import { expect, test } from 'vitest';
import { TokenBucket } from '../token-bucket.ts';
import { FairLine, type Waiter } from './fair-line.ts';

/** Wants more than it gets, and goes to the end of the line each time. */
class Greedy implements Waiter {
  taken = 0;
  readonly #line: FairLine;
  readonly #bucket: TokenBucket;
  readonly #nowMs: () => number;

  constructor(line: FairLine, bucket: TokenBucket, nowMs: () => number) {
    this.#line = line;
    this.#bucket = bucket;
    this.#nowMs = nowMs;
    line.join(this);
  }

  onTurn(turn: number): void {
    let left = turn;
    do {
      this.#bucket.spend(1, this.#nowMs());
      this.taken++;
      left--;
    } while (left > 0);
    this.#line.join(this);
  }
}

test('all who wait get the same, whoever came first', () => {
  let nowMs = 0;
  const bucket = new TokenBucket(100, 20, 0);
  const line = new FairLine();
  const waiters = Array.from({ length: 7 }, () => new Greedy(line, bucket, () => nowMs));
  for (; nowMs < 60_000; nowMs += 10) line.serve(bucket, nowMs);
  const taken = waiters.map((waiter) => waiter.taken);
  expect(Math.max(...taken) - Math.min(...taken)).toBeLessThanOrEqual(10);
  const all = taken.reduce((sum, count) => sum + count, 0);
  expect(all).toBeGreaterThan(5900);
  expect(all).toBeLessThanOrEqual(6030);
});

test('nobody has a turn while the bucket is in debt, and the order is that of coming', () => {
  const bucket = new TokenBucket(10, 1, 0);
  const line = new FairLine();
  const turns: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    line.join({
      onTurn() {
        turns.push(name);
        bucket.spend(1, 200);
      },
    });
  }
  bucket.spend(2, 0);
  line.serve(bucket, 99);
  expect(turns).toEqual([]);
  line.serve(bucket, 200);
  expect(turns).toEqual(['a', 'b']);
  expect(line.size).toBe(1);
});
