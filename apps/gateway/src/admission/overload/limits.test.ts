import { describe, expect, test } from 'vitest';
import { ConnectLimit } from './connect-limit.ts';
import { suitableKeepAlive } from './keep-alive.ts';
import { HoldRoom, Latest } from './latest.ts';
import { Pace } from './pace.ts';
import { PeakRate } from './peak-rate.ts';

describe('the limit on connects', () => {
  const bounds = { least: 10, most: 1000 };
  /** So many ask each second for so many seconds. */
  function ask(
    limit: ConnectLimit,
    perSecond: number,
    pressure: number,
    fromMs: number,
    seconds: number,
  ): number {
    let letIn = 0;
    for (let second = 0; second < seconds; second++) {
      const nowMs = fromMs + second * 1000;
      limit.adapt(pressure, nowMs);
      for (let i = 0; i < perSecond; i++) if (limit.take(true, nowMs + (i * 1000) / perSecond)) letIn++;
    }
    return letIn;
  }

  test('begins at the most, and lets nobody wait below it', () => {
    expect(ask(new ConnectLimit(bounds, 0), 900, 0, 0, 5)).toBe(4500);
  });

  test('falls by parts while the node is busy, and never below the least', () => {
    const limit = new ConnectLimit(bounds, 0);
    ask(limit, 900, 0.9, 1000, 3);
    expect(limit.perSecond).toBeCloseTo(1000 * 0.7 ** 2);
    ask(limit, 900, 0.9, 10_000, 30);
    expect(limit.perSecond).toBe(10);
  });

  test('rises by steps when it is calm, up to the most', () => {
    const limit = new ConnectLimit(bounds, 0);
    ask(limit, 900, 0.9, 1000, 30);
    ask(limit, 0, 0, 50_000, 10);
    expect(limit.perSecond).toBe(510);
    ask(limit, 0, 0, 70_000, 30);
    expect(limit.perSecond).toBe(1000);
  });

  test('is left alone while nobody connects: that is not what the node is busy with', () => {
    const limit = new ConnectLimit(bounds, 0);
    ask(limit, 0, 3, 1000, 30);
    expect(limit.perSecond).toBe(1000);
  });

  test('keeps its last quarter for devices that come back', () => {
    const limit = new ConnectLimit(bounds, 0);
    let fresh = 0;
    while (limit.take(false, 0)) fresh++;
    let resuming = 0;
    while (limit.take(true, 0)) resuming++;
    expect([fresh, resuming]).toEqual([750, 250]);
  });

  test('whom nothing turns away is paid for by the others', () => {
    const limit = new ConnectLimit(bounds, 0);
    for (let i = 0; i < 1500; i++) limit.spend(0);
    expect(limit.take(true, 400)).toBe(false);
    expect(limit.take(true, 600)).toBe(true);
  });

  test('however many of those come, the others wait for them two seconds at the most', () => {
    const limit = new ConnectLimit(bounds, 0);
    for (let i = 0; i < 100_000; i++) limit.spend(0);
    expect(limit.take(true, 990)).toBe(false);
    expect(limit.take(true, 1010)).toBe(true);
  });

  test('what they owe at a high limit is not paid back at a low one', () => {
    const limit = new ConnectLimit(bounds, 0);
    for (let second = 1; second <= 60; second++) {
      limit.spend(second * 1000);
      limit.adapt(0.9, second * 1000);
      for (let i = 0; i < 5000; i++) limit.spend(second * 1000);
    }
    expect(limit.perSecond).toBe(10);
    expect(limit.take(true, 61_150)).toBe(true);
  });
});

describe('the pace of slowed devices', () => {
  test('begins at half, falls while it is too much, and never below a tenth', () => {
    const pace = new Pace({ least: 50 });
    pace.begin(1000, 0);
    expect(pace.perSecond).toBe(500);
    pace.adapt(1.2, 0.7, 1000);
    expect(pace.perSecond).toBe(350);
    for (let second = 2; second < 60; second++) pace.adapt(1.2, 0.7, second * 1000);
    expect(pace.perSecond).toBe(100);
  });

  test('of a node that took next to nothing it is the least that is configured', () => {
    const pace = new Pace({ least: 50 });
    pace.begin(20, 0);
    for (let second = 1; second < 60; second++) pace.adapt(1.2, 0.7, second * 1000);
    expect(pace.perSecond).toBe(50);
  });

  test('rises in calm, to what it was in five seconds and beyond', () => {
    const pace = new Pace({ least: 50 });
    pace.begin(1000, 0);
    for (let second = 1; second <= 5; second++) pace.adapt(0.1, 0.7, second * 1000);
    expect(pace.perSecond).toBeCloseTo(500 * 1.15 ** 5);
    for (let second = 6; second <= 600; second++) pace.adapt(0.1, 0.7, second * 1000);
    expect(pace.perSecond).toBe(1e9);
  });

  test('one moment in a second that was too much is enough', () => {
    const pace = new Pace({ least: 50 });
    pace.begin(1000, 0);
    for (const [look, pressure] of [0.1, 1.2, 0.1, 0.1].entries())
      pace.adapt(pressure, 0.7, (look + 1) * 250);
    expect(pace.perSecond).toBe(350);
    for (let look = 5; look <= 8; look++) pace.adapt(0.1, 0.7, look * 250);
    expect(pace.perSecond).toBeCloseTo(350 * 1.15);
  });

  test('lets through what it says', () => {
    const pace = new Pace({ least: 50 });
    pace.begin(1000, 0);
    let taken = 0;
    for (let nowMs = 0; nowMs < 10_000; nowMs += 5)
      for (; pace.waitMs(nowMs) === 0; taken++) pace.spend(nowMs);
    expect(taken).toBeGreaterThan(4950);
    expect(taken).toBeLessThan(5150);
  });
});

test('a pace that was owed more than a second is owed a second', () => {
  const pace = new Pace({ least: 50 });
  pace.begin(1000, 0);
  for (let i = 0; i < 100_000; i++) pace.spend(0);
  expect(pace.waitMs(0)).toBe(1000);
});

test('the peak of a rate outlasts a moment in which nothing comes, and fades', () => {
  const peak = new PeakRate(0);
  for (let look = 1; look <= 4; look++) peak.look(look * 250, look * 250);
  expect(peak.perSecond).toBe(1000);
  for (let look = 5; look <= 12; look++) peak.look(1000, look * 250);
  expect(peak.perSecond).toBeGreaterThan(800);
  for (let look = 13; look <= 100; look++) peak.look(1000, look * 250);
  expect(peak.perSecond).toBeLessThan(200);
});

describe('the latest of each topic', () => {
  test('takes the place of the one before, and goes behind the others', () => {
    const latest = new Latest<string>(new HoldRoom({ maxBytes: 100_000, maxTopics: 8 }));
    expect(latest.hold('a', 'a1', 2)).toBeUndefined();
    expect(latest.hold('b', 'b1', 2)).toBeUndefined();
    expect(latest.hold('a', 'a2', 2)).toBe('a1');
    expect(latest.takeAll()).toEqual(['b1', 'a2']);
    expect(latest.takeAll()).toEqual([]);
  });

  test('holds no more topics than it may: the newcomer is lost', () => {
    const latest = new Latest<string>(new HoldRoom({ maxBytes: 100_000, maxTopics: 2 }));
    latest.hold('a', 'a1', 2);
    latest.hold('b', 'b1', 2);
    expect(latest.hold('c', 'c1', 2)).toBe('c1');
    expect(latest.hold('b', 'b2', 2)).toBe('b1');
    expect(latest.count).toBe(2);
  });

  test('shares the room of the node, and gives all of it back', () => {
    const room = new HoldRoom({ maxBytes: 1000, maxTopics: 8 });
    const [one, other] = [new Latest<string>(room), new Latest<string>(room)];
    one.hold('a', 'small', 100);
    expect(other.hold('a', 'large', 900)).toBe('large');
    expect(one.hold('a', 'grown too large', 2000)).toBe('grown too large');
    expect(one.takeAll()).toEqual(['small']);
    expect(room.bytes).toBe(0);
  });
});

describe('the keep-alive that is suggested', () => {
  test.each([
    ['is what it was while nothing breaks', 60, 1, 60],
    ['is half of it after two breaks within the hour', 60, 2, 30],
    ['is no shorter than the least', 60, 9, 30],
    ['is never longer than asked, even where that is below the least', 10, 9, 10],
    ['of a device without one is none while nothing breaks', 0, 0, 0],
    ['of a device without one counts from five minutes', 0, 2, 150],
    ['of a device that breaks all the time is the least', 3600, 1_000_000, 30],
  ])('%s', (_, asked, flaps, suggested) => {
    expect(suitableKeepAlive(asked, flaps, 30)).toBe(suggested);
  });
});
