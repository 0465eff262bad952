import { beforeEach, describe, expect, test } from 'vitest';
import { Metered, type RateMeter } from '../../admission/rates/metered.ts';
import { limitOf, type RateText } from '../../admission/rates/rate-limit.ts';
import type { Connection } from '../../connection/connection.ts';
import { PauseCause } from '../../connection/pause-cause.ts';
import { Pauses, pauseTickMs } from './pauses.ts';
import { Stories } from './stories.ts';
import type { Redress } from './patience.ts';
import { Throttle } from './throttle.ts';

/** A connection that notes when it was stopped and lets the test send when it is read. */
class ConnectionDesk {
  keepAliveMs = 60_000;
  packetBytes = 10;
  behindBytes = 0;
  isPaused = false;
  /** Called when reading goes on. */
  onResume: () => void = () => {};

  pause(cause: PauseCause): void {
    if (cause === PauseCause.THROTTLED) this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
    this.onResume();
  }
}

let nowMs: number;
let pauses: Pauses;
let stories: Stories;
let struck: string[];
beforeEach(() => {
  nowMs = 0;
  pauses = new Pauses(() => nowMs);
  pauses.stop(); // its timer: the test ticks
  stories = new Stories();
  struck = [];
});

const meterOf = (
  text: RateText,
  how: { isObserved?: boolean; isShared?: boolean; isOfBytes?: boolean } = {},
): RateMeter => {
  const reason = how.isOfBytes === true ? 'byte-rate' : 'message-rate';
  const limit = limitOf(
    { scope: 'device', reason, rule: `rates.device.${reason}`, isObserved: how.isObserved === true },
    text,
  );
  return new Metered([limit], how.isShared === true, nowMs).meters[0]!;
};

function throttleOf(meters: readonly RateMeter[], connection = new ConnectionDesk(), clientId = 'pump') {
  const services = {
    monotonic: () => nowMs,
    pauses,
    maxPauseMs: 10_000,
    refusals: { perSecond: 1, burst: 3 },
    count: (limit: { rule: string }) => struck.push(limit.rule),
  };
  const throttle = new Throttle(connection as unknown as Connection, meters, services, (limit) =>
    stories.of(limit, { clientId }, limit.text, nowMs),
  );
  return { throttle, connection };
}

/** Time passes, in ticks. */
function pass(ms: number): void {
  for (let left = ms; left > 0; left -= pauseTickMs) {
    nowMs += Math.min(left, pauseTickMs);
    pauses.tick();
  }
}

describe('a device above its own rate', () => {
  test('has its burst, then each message is taken and paid for with a pause', () => {
    const { throttle, connection } = throttleOf([meterOf({ rate: '10/s', burst: 2 })]);
    expect([throttle.judge(5, 'refuse'), throttle.judge(5, 'refuse')]).toEqual(['admit', 'admit']);
    expect(connection.isPaused).toBe(false);
    expect(throttle.judge(5, 'refuse')).toBe('admit');
    expect(connection.isPaused).toBe(true);
    pass(90);
    expect(connection.isPaused).toBe(true);
    pass(20);
    expect(connection.isPaused).toBe(false);
    expect(struck).toEqual(['rates.device.message-rate']);
  });

  test('sends at its rate, however much it has to send', () => {
    const { throttle, connection } = throttleOf([meterOf({ rate: '50/s', burst: 5 })]);
    let sent = 0;
    const sendAll = (): void => {
      while (!connection.isPaused) {
        expect(throttle.judge(1, 'refuse')).toBe('admit');
        sent++;
      }
    };
    connection.onResume = sendAll;
    sendAll();
    pass(10_000);
    expect(sent).toBeGreaterThan(490);
    expect(sent).toBeLessThanOrEqual(507);
  });

  test('is stopped a few times a second, not for each message', () => {
    const { throttle, connection } = throttleOf([meterOf({ rate: '200/s', burst: 200 })]);
    let sent = 0;
    const sendAll = (): void => {
      while (!connection.isPaused) {
        throttle.judge(1, 'refuse');
        sent++;
      }
    };
    connection.onResume = sendAll;
    sendAll();
    pass(10_000);
    expect(struck.length).toBeLessThanOrEqual(101);
    expect(sent).toBeGreaterThan(2150);
    expect(sent).toBeLessThanOrEqual(2202);
  });

  test('is stopped for a large message after it, not before', () => {
    const { throttle, connection } = throttleOf([
      meterOf({ rate: '1KiB/s', burst: '1KiB' }, { isOfBytes: true }),
    ]);
    expect(throttle.judge(3 * 1024, 'refuse')).toBe('admit');
    pass(1990);
    expect(connection.isPaused).toBe(true);
    pass(20);
    expect(connection.isPaused).toBe(false);
  });
});

describe('what would take longer than a pause may last', () => {
  test.each([
    [60_000, '15KiB', 'admit'],
    [60_000, '17KiB', 'refuse'],
    [20_000, '7KiB', 'refuse'],
    [0, '11KiB', 'admit'],
    [0, '12KiB', 'refuse'],
  ])('with a keep-alive of %i ms, a message of %s: %s', (keepAliveMs, size, judgement) => {
    const { throttle, connection } = throttleOf([
      meterOf({ rate: '1KiB/s', burst: '1KiB' }, { isOfBytes: true }),
    ]);
    connection.keepAliveMs = keepAliveMs;
    expect(throttle.judge(Number.parseInt(size, 10) * 1024, 'refuse')).toBe(judgement);
  });

  test('is refused and not charged, and says which limit it was', () => {
    const { throttle, connection } = throttleOf([
      meterOf({ rate: '5/s', burst: 5 }),
      meterOf({ rate: '1KiB/s' }, { isOfBytes: true }),
    ]);
    expect(throttle.judge(100 * 1024, 'refuse')).toBe('refuse');
    expect(throttle.why).toBe('rates.device.byte-rate is 1KiB/s');
    for (let i = 0; i < 5; i++) expect(throttle.judge(200, 'refuse')).toBe('admit');
    expect(connection.isPaused).toBe(false);
  });

  test('closes who goes on: more refusals than are allowed in a time', () => {
    const { throttle } = throttleOf([meterOf({ rate: '1/h' })]);
    expect(throttle.judge(1, 'refuse')).toBe('admit');
    expect(Array.from({ length: 4 }, () => throttle.judge(1, 'refuse'))).toEqual([
      'refuse',
      'refuse',
      'refuse',
      'close',
    ]);
  });

  test('closes a device that cannot be told of a refusal', () => {
    const { throttle } = throttleOf([meterOf({ rate: '1/h' })]);
    throttle.judge(1, 'close');
    expect(throttle.judge(1, 'close')).toBe('close');
  });
});

describe('a limit that only watches', () => {
  test('counts what it would have done, and does nothing of it', () => {
    const { throttle, connection } = throttleOf([meterOf({ rate: '10/s', burst: 5 }, { isObserved: true })]);
    for (let i = 0; i < 200; i++, nowMs += 10) expect(throttle.judge(1, 'close')).toBe('admit');
    expect(connection.isPaused).toBe(false);
    // 200 in two seconds, where 25 would have been let through.
    expect(struck.length).toBeGreaterThanOrEqual(174);
    expect(struck.length).toBeLessThanOrEqual(176);
    const [story] = stories.due(nowMs);
    expect(story!.action).toBe('pause');
    expect(story!.offeredPerSecond(nowMs)).toBeGreaterThan(95);
    expect(story!.offeredPerSecond(nowMs)).toBeLessThan(105);
  });

  test('leaves it to those that do not watch only', () => {
    const { throttle, connection } = throttleOf([
      meterOf({ rate: '1/h' }, { isObserved: true }),
      meterOf({ rate: '10/s' }),
    ]);
    for (let i = 0; i < 11; i++) expect(throttle.judge(1, 'refuse')).toBe('admit');
    expect(connection.isPaused).toBe(true);
    expect(struck.filter((rule) => rule === 'rates.device.message-rate')).toHaveLength(11);
  });
});

describe('a limit that devices share', () => {
  test('gives each who wants more the same, also beside one that always wants', () => {
    const meter = meterOf({ rate: '200/s', burst: 20 }, { isShared: true });
    const sent = new Map<string, number>();
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      const { throttle, connection } = throttleOf([meter], new ConnectionDesk(), name);
      const sendAll = (): void => {
        while (!connection.isPaused) {
          throttle.judge(1, 'refuse');
          sent.set(name, (sent.get(name) ?? 0) + 1);
        }
      };
      connection.onResume = sendAll;
      sendAll();
    }
    const atFirst = new Map(sent);
    pass(20_000);
    const later = [...sent].map(([name, count]) => count - atFirst.get(name)!);
    const all = later.reduce((sum, count) => sum + count, 0);
    expect(all).toBeGreaterThan(3900);
    expect(all).toBeLessThanOrEqual(4040);
    expect(Math.max(...later) - Math.min(...later)).toBeLessThanOrEqual(all / 50);
  });

  test('closes nobody for what others have used up: who cannot be told of a refusal waits its turn', () => {
    const meter = meterOf({ rate: '1/s', burst: 1 }, { isShared: true });
    meter.bucket.spend(1000, nowMs);
    const { throttle, connection } = throttleOf([meter]);
    expect(throttle.judge(5, 'refuse')).toBe('refuse');
    expect(throttle.judge(5, 'close')).toBe('admit');
    expect(connection.isPaused).toBe(true);
    // Nor do they pay for it with a debt without an end.
    expect(meter.bucket.level(nowMs)).toBe(-999);
    pass(15_020);
    expect(connection.isPaused).toBe(false);
    const ofBytes = meterOf({ rate: '1B/s', burst: '1B' }, { isShared: true, isOfBytes: true });
    expect(throttleOf([ofBytes]).throttle.judge(20, 'close')).toBe('close');
    const own = meterOf({ rate: '1/m', burst: 1 });
    own.bucket.spend(1, nowMs);
    expect(throttleOf([meter, own]).throttle.judge(5, 'close')).toBe('close');
  });

  test('refuses nobody so often that it is closed for what others have used up; it waits between refusals', () => {
    const meter = meterOf({ rate: '1/s', burst: 1 }, { isShared: true });
    meter.bucket.spend(1000, nowMs);
    const { throttle, connection } = throttleOf([meter]);
    for (let refusals = 0; refusals < 20; refusals++) {
      expect(throttle.judge(5, 'refuse')).toBe('refuse');
      expect(connection.isPaused).toBe(true);
      pass(15_010);
      expect(connection.isPaused).toBe(false);
    }
    const ofBytes = meterOf({ rate: '1B/s', burst: '1B' }, { isShared: true, isOfBytes: true });
    const large = throttleOf([ofBytes]).throttle;
    expect(Array.from({ length: 4 }, () => large.judge(20, 'refuse')).at(-1)).toBe('close');
  });

  test('never stops anybody for longer than a pause may last', () => {
    const meter = meterOf({ rate: '1/s' }, { isShared: true });
    const desks = Array.from({ length: 30 }, (_, i) => throttleOf([meter], new ConnectionDesk(), `d${i}`));
    const admitted = desks.filter(({ throttle }) => throttle.judge(1, 'refuse') === 'admit');
    // 15 s of debt are a quarter of the keep-alive: who comes then is refused.
    expect(admitted.length).toBe(16);
    pass(15_010);
    expect(desks.some(({ connection }) => connection.isPaused)).toBe(false);
    expect(pauses.size).toBe(0);
  });
});

describe('a device that sends without waiting', () => {
  /** It has always more to send; counts what is taken and what is not in each second. */
  function flood(
    meter: RateMeter,
    redress: Redress,
    { keepAliveMs = 12_000, behindBytes = 640, seconds = 10 } = {},
  ): { taken: number[]; dropped: number[]; isClosed: boolean } {
    const { throttle, connection } = throttleOf([meter]);
    Object.assign(connection, { keepAliveMs, behindBytes });
    const taken = Array.from({ length: seconds }, () => 0);
    const dropped = [...taken];
    const beganMs = nowMs;
    let isClosed = false;
    const sendAll = (): void => {
      while (!connection.isPaused && !isClosed) {
        const second = Math.min(seconds - 1, Math.floor((nowMs - beganMs) / 1000));
        const judgement = throttle.judge(10, redress);
        if (judgement === 'admit') taken[second]!++;
        else dropped[second]!++;
        isClosed = judgement === 'close';
      }
    };
    connection.onResume = sendAll;
    sendAll();
    pass(seconds * 1000 - pauseTickMs);
    return { taken, dropped, isClosed };
  }
  const meter = (how = {}): RateMeter => meterOf({ rate: '50/s', burst: 5 }, how);
  const staysAtItsRate = (taken: readonly number[]): void => {
    for (const count of taken.slice(1)) expect(Math.abs(count - 50)).toBeLessThanOrEqual(3);
  };
  const none = Array.from({ length: 10 }, () => 0);

  test('at QoS 0 is held back for a quarter of its keep-alive; then what is too much is dropped, and the rest goes on', () => {
    const { taken, dropped } = flood(meter(), 'drop');
    expect(dropped.slice(0, 3)).toEqual([0, 0, 0]);
    for (const count of dropped.slice(4)) expect(count).toBeGreaterThan(45_000);
    // The processor is left to others: so many in a row, then a rest.
    for (const count of dropped) expect(count).toBeLessThanOrEqual(52_000);
    staysAtItsRate(taken);
  });

  test('at QoS 0 loses nothing by being a little too fast: nothing piles up behind it', () => {
    const { taken, dropped } = flood(meter(), 'drop', { behindBytes: 20 });
    expect(dropped).toEqual(none);
    staysAtItsRate(taken);
  });

  test.each([
    ['where nobody waits for a PINGRESP', {}, { keepAliveMs: 0 }],
    ['in line for a limit that it shares', { isShared: true }, {}],
  ])('at QoS 0 waits on %s', (_, how, connection) => {
    const { taken, dropped } = flood(meter(how), 'drop', connection);
    expect(dropped).toEqual(none);
    staysAtItsRate(taken);
  });

  test.each(['refuse', 'close'] as const)(
    'above QoS 0 is only slowed down while its window is what a pause can make up for: %s',
    (redress) => {
      const { taken, isClosed } = flood(meter(), redress, { keepAliveMs: 8000, behindBytes: 640 });
      expect(isClosed).toBe(false);
      staysAtItsRate(taken);
    },
  );

  test('above QoS 0 is refused, and then closed, when more stands behind than a pause can make up for', () => {
    const { dropped, isClosed } = flood(meter(), 'refuse', { keepAliveMs: 8000, behindBytes: 1010 });
    expect(isClosed).toBe(true);
    expect(dropped[0]).toBe(4);
  });

  test.each([
    ['at once where it would wait for a whole keep-alive', 4010, 0],
    ['after a keep-alive of being held back where it would wait for a quarter', 1010, 8],
  ])('is closed %s, when it cannot be told', (_, behindBytes, second) => {
    const { dropped, isClosed } = flood(meter(), 'close', { keepAliveMs: 8000, behindBytes });
    expect(isClosed).toBe(true);
    expect(dropped.indexOf(1)).toBe(second);
  });

  test('is held back anew after it has been quiet for a while', () => {
    const { throttle, connection } = throttleOf([meterOf({ rate: '10/s' })]);
    Object.assign(connection, { keepAliveMs: 8000, behindBytes: 100 });
    const admitted = (count: number): boolean =>
      Array.from({ length: count }, () => throttle.judge(10, 'drop')).every(
        (judgement) => judgement === 'admit',
      );
    expect(admitted(11)).toBe(true);
    pass(2500);
    expect(admitted(11)).toBe(true);
    expect(connection.isPaused).toBe(true);
  });
});

test('a connection that ends leaves nothing behind that waits', () => {
  const shared = meterOf({ rate: '1/s' }, { isShared: true });
  const own = meterOf({ rate: '1/s' });
  const desks = [throttleOf([shared]), throttleOf([own])];
  for (const { throttle } of desks) {
    throttle.judge(1, 'refuse');
    throttle.judge(1, 'refuse');
  }
  expect(pauses.size).toBe(2);
  for (const { throttle } of desks) throttle.end();
  expect(pauses.size).toBe(0);
  expect(shared.line!.size).toBe(0);
});
