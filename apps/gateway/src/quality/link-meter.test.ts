import { beforeEach, describe, expect, test } from 'vitest';
import { FakeKernel } from '../testing/kernel.ts';
import { FakeLink } from '../testing/link.ts';
import { LinkMeter, type MeterStart } from './link-meter.ts';

const start: MeterStart = { class: 'standard', isSleepy: false, flaps: 0, faults: 0 };
let kernel: FakeKernel;
let link: FakeLink;
let nowMs: number;
let meter: LinkMeter;

beforeEach(() => {
  kernel = new FakeKernel();
  link = new FakeLink();
  nowMs = 1_000_000;
  meter = meterOf();
});

function meterOf(differs: Partial<MeterStart> = {}, noTrafficKeepAlives = 10): LinkMeter {
  const options = { monotonic: () => nowMs, pingIntervalMs: 10_000, noTrafficKeepAlives };
  return new LinkMeter(link, { ...start, ...differs }, options);
}

/** Windows pass; in each the device is heard, and the kernel has acknowledged segments. */
function pass(windows: number, facts: Parameters<FakeKernel['says']>[0] = {}, answersMs?: number): void {
  for (let i = 0; i < windows; i++) {
    nowMs += 5000;
    link.heardMs = nowMs;
    kernel.says(facts);
    meter.visit(kernel.info, nowMs);
    if (answersMs === undefined) continue;
    nowMs += answersMs;
    meter.ponged(link.pings.at(-1) ?? -1);
    nowMs -= answersMs;
  }
}

/** Acknowledged segments, more in each window. */
function passBusy(windows: number, rttMs: number, answersMs?: number): void {
  for (let i = 0; i < windows; i++) {
    delivered += 10;
    link.activity++;
    pass(1, { rttUs: rttMs * 1000, delivered, sent: delivered }, answersMs);
  }
}
let delivered = 0;

test('a device of another class is judged by what that asks, at once and from then on', () => {
  passBusy(12, 200);
  const before = meter.score.score!;
  meter.hasNews = false;
  meter.class = 'bulk';
  expect(meter.score.score).toBe(100);
  expect([meter.hasNews, meter.class]).toEqual([true, 'bulk']);
  passBusy(3, 200);
  expect(meter.score.score).toBe(100);
  meter.class = 'standard';
  expect(meter.score.score).toBe(before);
});

describe('who speaks for the round trip', () => {
  test('the kernel, where it sees the device', () => {
    passBusy(5, 30);
    expect(meter.figures).toMatchObject({
      rttMs: 30,
      sources: { rtt: 'tcp', jitter: 'tcp', loss: 'tcp' },
    });
    expect(meter.figures?.samples).toBeGreaterThanOrEqual(8);
    expect(meter.score).toMatchObject({ score: 100, confidence: 'high' });
    expect(meter.band.band).toBe('excellent');
  });

  test('pings behind a proxy: the kernel is not believed in anything', () => {
    link.isBehindProxy = true;
    link.canPing = true;
    passBusy(9, 1, 250);
    expect(meter.figures?.sources).toEqual({ rtt: 'ws-ping', jitter: 'ws-ping' });
    expect(meter.figures?.rttMs).toBe(250);
    expect(meter.figures?.lossRatio).toBeUndefined();
    expect(meter.score.reasons[0]).toBe('rtt');
  });

  test('pings where they come from further away than the kernel sees', () => {
    link.canPing = true;
    passBusy(9, 1, 250);
    expect(meter.figures).toMatchObject({ rttMs: 250, sources: { rtt: 'ws-ping' } });
    expect(meter.figures?.sources.loss).toBeUndefined();
  });

  test('the kernel where pings agree with it', () => {
    link.canPing = true;
    passBusy(9, 40, 60);
    expect(meter.figures).toMatchObject({ rttMs: 40, sources: { rtt: 'tcp' } });
  });

  test('PUBACK where there is nothing else, without a jitter', () => {
    kernel.isThere = false;
    for (let id = 1; id <= 4; id++) {
      pass(1);
      meter.published(id);
      meter.published(99); // one a window is waited for
      nowMs += 80;
      meter.acknowledged(99);
      meter.acknowledged(id);
    }
    pass(1);
    expect(meter.figures).toMatchObject({ rttMs: 80, samples: 4, sources: { rtt: 'puback' } });
    expect(meter.figures).not.toHaveProperty('jitterMs');
  });

  test('nobody, after a minute without news and two keep-alives', () => {
    passBusy(4, 30);
    pass(20);
    expect(meter.figures).toHaveProperty('rttMs');
    pass(6);
    expect(meter.figures).not.toHaveProperty('rttMs');
  });
});

describe('a score', () => {
  test('is unknown before anything was measured, and low when only the keep-alive speaks for it', () => {
    kernel.isThere = false;
    expect(meter.band.band).toBe('unknown');
    pass(1);
    expect(meter.score.score).toBeUndefined();
    pass(2);
    expect(meter.score).toMatchObject({ score: 100, confidence: 'low' });
  });

  test('of an idle device rests on its keep-alive, not on the two round trips of its beginning', () => {
    link.activity++;
    pass(1, { rttUs: 900_000, delivered: 2 });
    expect(meter.score.score).toBeUndefined();
    pass(2);
    expect(meter.score).toMatchObject({ score: 100, confidence: 'low' });
    expect(meter.figures?.sources).toEqual({});
    link.keepAliveMs = 0;
    pass(1);
    expect(meter.score.score).toBeUndefined();
  });

  test('falls within five windows of a link that turns bad, with the right reason, and recovers', () => {
    passBusy(6, 20);
    passBusy(5, 400);
    expect(meter.score.reasons[0]).toBe('rtt');
    expect(['poor', 'bad', 'fair']).toContain(meter.band.band);
    passBusy(8, 20);
    expect(meter.band.band).toBe('excellent');
  });

  test('counts reconnects, unless the device sleeps', () => {
    meter = meterOf({ flaps: 12 });
    passBusy(3, 20);
    expect(meter.score.reasons).toEqual(['flaps']);
    meter = meterOf({ flaps: 12, isSleepy: true });
    passBusy(3, 20);
    expect(meter.score.score).toBe(100);
  });

  test('counts errors of this connection and ends by the fault of earlier ones', () => {
    meter = meterOf({ faults: 3 });
    meter.erred();
    meter.erred();
    passBusy(3, 20);
    expect(meter.figures?.errors).toBe(5);
    expect(meter.score.reasons).toEqual(['errors']);
  });

  test('counts stalls as a share of the window, and never above one', () => {
    link.stalledMs = 2500;
    passBusy(1, 20);
    expect(meter.figures?.stalledRatio).toBeCloseTo(0.5);
    link.stalledMs = 60_000;
    passBusy(1, 20);
    expect(meter.figures?.stalledRatio).toBe(1);
  });

  test('counts a window in which the kernel took nothing of what waits as stalled', () => {
    link.pendingBytes = 10;
    link.takenBytes = 100;
    passBusy(1, 20);
    expect(meter.figures?.stalledRatio).toBe(0);
    passBusy(1, 20);
    expect(meter.figures?.stalledRatio).toBe(1);
    link.takenBytes = 101;
    passBusy(1, 20);
    expect(meter.figures?.stalledRatio).toBe(0);
  });

  test('counts silence beyond the keep-alive, and none below it or without one', () => {
    link.silenceMs = 60_900;
    passBusy(1, 20);
    expect(meter.figures?.lateRatio).toBe(0);
    link.silenceMs = 85_000;
    passBusy(1, 20);
    expect(meter.figures?.lateRatio).toBeCloseTo(0.4);
    link.keepAliveMs = 0;
    passBusy(1, 20);
    expect(meter.figures?.lateRatio).toBe(0);
  });
});

describe('a zombie', () => {
  test('answers no ping, and says nothing else either', () => {
    link.canPing = true;
    kernel.isThere = false;
    for (let i = 0; i < 4; i++) meter.visit(kernel.info, (nowMs += 5000));
    expect(meter.zombie).toBe('half-open');
    meter.visit(kernel.info, (nowMs += 5000));
    expect(meter.score.score).toBeUndefined();
    meter.ponged(link.pings.at(-1)!);
    meter.visit(kernel.info, (nowMs += 5000));
    expect(meter.zombie).toBeUndefined();
  });

  test('is one no longer as soon as it is heard, though it never answers a ping', () => {
    link.canPing = true;
    link.heardMs = nowMs;
    for (let i = 0; i < 3; i++) meter.visit(kernel.info, (nowMs += 5000));
    expect(meter.zombie).toBe('half-open');
    pass(1);
    expect(meter.zombie).toBeUndefined();
  });

  test('is not one that spoke just after the ping: when it was heard is known to half a second', () => {
    link.canPing = true;
    pass(1);
    link.heardMs -= 400;
    for (let i = 0; i < 2; i++) meter.visit(kernel.info, (nowMs += 5000));
    expect(meter.zombie).toBeUndefined();
  });

  test('is not one that answers no ping and is heard all the same', () => {
    link.canPing = true;
    pass(6);
    expect(meter.zombie).toBeUndefined();
  });

  test('is not one that is not read', () => {
    link.canPing = true;
    link.isPaused = true;
    for (let i = 0; i < 6; i++) meter.visit(kernel.info, (nowMs += 5000));
    expect(meter.zombie).toBeUndefined();
    expect(link.pings).toHaveLength(0);
  });

  test('leaves what was sent unacknowledged for ten seconds', () => {
    pass(2);
    link.activity++;
    kernel.says({ unacked: 2, lastAckReceivedMs: 4000 });
    meter.visit(kernel.info, (nowMs += 5000));
    kernel.says({ lastAckReceivedMs: 9000 });
    meter.visit(kernel.info, (nowMs += 5000));
    expect(meter.zombie).toBeUndefined();
    kernel.says({ lastAckReceivedMs: 14_000 });
    meter.visit(kernel.info, (nowMs += 5000));
    expect(meter.zombie).toBe('half-open');
    kernel.says({ unacked: 0, lastAckReceivedMs: 10 });
    meter.visit(kernel.info, (nowMs += 5000));
    expect(meter.zombie).toBeUndefined();
  });

  test('has sent messages in a rhythm and now only PINGREQ', () => {
    link.keepAliveMs = 10_000;
    for (link.messages = 1; link.messages < 6; link.messages++) pass(1);
    pass(19);
    expect(meter.zombie).toBeUndefined();
    pass(2);
    expect(meter.zombie).toBe('no-traffic');
    meter.acknowledged(1);
    pass(1);
    expect(meter.zombie).toBeUndefined();
  });

  test.each([
    ['never sent anything', start, 10, 0],
    ['sleeps', { ...start, isSleepy: true }, 10, 1],
    ['nobody watches', start, 0, 1],
  ] as const)('is not one that %s', (_why, traits, keepAlives, each) => {
    link.keepAliveMs = 10_000;
    meter = meterOf(traits, keepAlives);
    for (let i = 0; i < 5; i++, link.messages += each) pass(1);
    pass(40);
    expect(meter.zombie).toBeUndefined();
  });
});

describe('pings', () => {
  test('begin in a hurry, then take their time; where the kernel measures twice as much of it', () => {
    link.canPing = true;
    kernel.isThere = false;
    pass(3, {}, 5);
    expect(link.pings).toHaveLength(3);
    pass(12, {}, 5);
    expect(link.pings).toHaveLength(9);
    kernel.isThere = true;
    passBusy(4, 5, 5);
    const before = link.pings.length;
    passBusy(12, 5, 5);
    expect(link.pings).toHaveLength(before + 3);
  });

  test('hurry again when one surprises', () => {
    link.canPing = true;
    kernel.isThere = false;
    pass(6, {}, 5);
    const before = link.pings.length;
    while (link.pings.length === before) pass(1, {}, 400);
    pass(1, {}, 400);
    expect(link.pings).toHaveLength(before + 2);
    expect(meter.figures?.rttMs).toBe(5);
    pass(1, {}, 400);
    expect(meter.figures?.rttMs).toBe(400);
  });

  test('are not answered by pongs nobody asked for', () => {
    link.canPing = true;
    pass(1);
    meter.ponged(link.pings[0]! + 1);
    meter.ponged(NaN);
    pass(1);
    expect(meter.figures).not.toHaveProperty('rttMs');
  });
});

describe('an idle link', () => {
  /** Busy, then idle until nothing changes any more. */
  beforeEach(() => {
    passBusy(4, 20);
    pass(12);
    kernel.reads = 0;
  });

  test('is not asked about again, and stays as it was', () => {
    pass(5);
    expect(kernel.reads).toBe(0);
    expect(meter.score).toMatchObject({ score: 100, confidence: 'high' });
    expect(meter.band.band).toBe('excellent');
  });

  test('is asked about again when something was heard or said', () => {
    link.activity++;
    pass(1, { rttUs: 500_000, delivered: delivered + 20 });
    expect(kernel.reads).toBe(1);
    expect(meter.score.reasons).toContain('rtt');
  });

  test('is asked about as long as something is on its way', () => {
    link.activity++;
    pass(3, { unacked: 1 });
    expect(kernel.reads).toBe(3);
  });

  test('is not known any more when what is known is too old', () => {
    pass(30);
    expect(meter.figures).not.toHaveProperty('rttMs');
  });

  test('is judged anew when its reconnects are counted anew', () => {
    meter.flaps = 12;
    pass(1);
    expect(meter.score.reasons).toEqual(['flaps']);
  });

  test('is judged anew when it is silent for too long', () => {
    link.silenceMs = 85_000;
    link.heardMs = nowMs;
    for (let i = 0; i < 18; i++) meter.visit(kernel.info, (nowMs += 5000));
    expect(meter.figures?.lateRatio).toBeCloseTo(0.4);
  });
});
