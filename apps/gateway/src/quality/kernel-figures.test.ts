import { describe, expect, test } from 'vitest';
import { FakeKernel } from '../testing/kernel.ts';
import { KernelFigures } from './kernel-figures.ts';

/** A connection of which the kernel says something window by window. */
function measured(): {
  kernel: FakeKernel;
  figures: KernelFigures;
  window: (facts: Parameters<FakeKernel['says']>[0]) => KernelFigures;
} {
  const kernel = new FakeKernel();
  const figures = new KernelFigures();
  let nowMs = 1000;
  const window = (facts: Parameters<FakeKernel['says']>[0]): KernelFigures => {
    kernel.says(facts);
    kernel.info.read(1);
    figures.update(kernel.info, (nowMs += 5000));
    return figures;
  };
  return { kernel, figures, window };
}

describe('the round trip', () => {
  test('is known from the first acknowledged segment on', () => {
    const { window } = measured();
    expect(window({}).rttMs).toBe(-1);
    expect(window({ rttUs: 20_000, delivered: 1 })).toMatchObject({ rttMs: 20, samples: 1 });
  });

  test('stays as it is while nothing is acknowledged', () => {
    const { window } = measured();
    window({ rttUs: 20_000, delivered: 3 });
    const { measuredAtMs } = window({ rttUs: 20_000, delivered: 3 });
    expect(window({ rttUs: 90_000, delivered: 3 })).toMatchObject({ rttMs: 20, samples: 3, measuredAtMs });
  });

  test('follows the link faster than the smoothed value of the kernel', () => {
    const { window } = measured();
    window({ rttUs: 10_000, delivered: 20 });
    // Five samples of 310 ms: the kernel says 156 ms by now.
    const smoothedUs = 310_000 - 300_000 * 0.875 ** 5;
    const { rttMs } = window({ rttUs: Math.round(smoothedUs), delivered: 25 });
    expect(rttMs).toBeGreaterThan(200);
    expect(rttMs).toBeLessThanOrEqual(310);
  });

  test('is never shorter than the shortest there was, nor longer than a minute', () => {
    const { window } = measured();
    window({ rttUs: 300_000, delivered: 10, minRttUs: 9_000 });
    for (let delivered = 11; delivered < 30; delivered++)
      window({ rttUs: 10_000, delivered, minRttUs: 9_000 });
    expect(window({}).rttMs).toBeGreaterThanOrEqual(9);
    expect(window({ rttUs: 4_000_000_000, delivered: 31 }).rttMs).toBeLessThanOrEqual(60_000);
  });

  test('has a jitter only after four samples: the kernel begins with half of the first round trip', () => {
    const { window } = measured();
    expect(window({ rttUs: 80_000, rttVarianceUs: 40_000, delivered: 3 }).jitterMs).toBe(-1);
    expect(window({ rttVarianceUs: 12_000, delivered: 4 }).jitterMs).toBe(12);
  });
});

describe('loss', () => {
  test('is not known in the first window of a connection', () => {
    expect(measured().window({ sent: 100, retransmitted: 50, delivered: 50 }).lossRatio).toBe(-1);
  });

  test('is the share of what was sent lately, with a grain of salt for small numbers', () => {
    const { window } = measured();
    window({ sent: 100, retransmitted: 10 });
    expect(window({ sent: 300, retransmitted: 20 }).lossRatio).toBeCloseTo(10 / 210);
    expect(window({ sent: 301, retransmitted: 21 }).lossRatio).toBeCloseTo(9.5 / 181);
  });

  test('one repetition among six segments is no sixth', () => {
    const { window } = measured();
    window({});
    expect(window({ sent: 6, retransmitted: 1 }).lossRatio).toBeCloseTo(1 / 16);
  });

  test('is not known of a link that hardly sends', () => {
    const { window } = measured();
    window({});
    expect(window({ sent: 4, retransmitted: 4 }).lossRatio).toBe(-1);
  });

  test('is forgotten with time', () => {
    const { window } = measured();
    window({});
    const { lossRatio } = window({ sent: 100, retransmitted: 20 });
    for (let sent = 200; sent <= 1000; sent += 100) window({ sent });
    expect(window({}).lossRatio).toBeLessThan(lossRatio / 10);
  });

  test.each(['sent', 'retransmitted', 'delivered'] as const)(
    'a counter that goes backwards says nothing in that window: %s',
    (name) => {
      const { window } = measured();
      window({ sent: 100, retransmitted: 10, delivered: 90 });
      window({ sent: 200, retransmitted: 20, delivered: 180 });
      expect(window({ sent: 300, retransmitted: 30, delivered: 270, [name]: 1 }).lossRatio).toBe(-1);
      const next = { sent: 400, retransmitted: 40, delivered: 360 };
      expect(window({ ...next, [name]: 100 }).lossRatio).toBeGreaterThanOrEqual(0);
    },
  );

  test('is never above one, whatever the kernel says', () => {
    const { window } = measured();
    window({});
    expect(window({ sent: 10, retransmitted: 4_000_000_000 }).lossRatio).toBeLessThanOrEqual(1);
  });
});

test('a kernel that tells neither segments with data nor what was delivered is made do with', () => {
  const { kernel, window } = measured();
  kernel.bytes = 148;
  window({ rttUs: 30_000, segmentsOut: 10 });
  const { rttMs, lossRatio } = window({ rttUs: 30_000, segmentsOut: 40, retransmitted: 3, unacked: 2 });
  expect(rttMs).toBeCloseTo(30);
  expect(lossRatio).toBeCloseTo(3 / 40);
});
