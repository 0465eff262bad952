import type { LinkFigures } from '../quality/figures.ts';

/** Figures of a perfect link, well measured, with what is given laid over them. */
export function linkFigures(over: Partial<LinkFigures> = {}): LinkFigures {
  return {
    ...{ rttMs: 20, jitterMs: 2, lossRatio: 0, flaps: 0, errors: 0, stalledRatio: 0, lateRatio: 0 },
    ...{ samples: 50, isSleepy: false, sources: { rtt: 'tcp', jitter: 'tcp', loss: 'tcp' } },
    ...over,
  };
}

/** Figures of a link nothing was measured of but what came by itself: no round trip, jitter or loss. */
export function passiveFigures(over: Partial<LinkFigures> = {}): LinkFigures {
  const { rttMs: _rtt, jitterMs: _jitter, lossRatio: _loss, ...rest } = linkFigures({ sources: {} });
  return { ...rest, ...over };
}

/** Possible figures of any kind of link, from a seed: good, bad, half measured, sleepy. */
export function randomFigures(below: (n: number) => number): LinkFigures {
  const often = (most: number): number => (below(3) === 0 ? 0 : below(most));
  const measured: Partial<LinkFigures> = {
    ...(below(5) > 0 && { rttMs: often(3_000) / (1 + below(4)) }),
    ...(below(5) > 0 && { lossRatio: often(1_001) / 1_000 / (1 + below(20)) }),
  };
  if (measured.rttMs !== undefined && below(5) > 0) measured.jitterMs = often(600);
  return passiveFigures({
    ...measured,
    ...{ flaps: often(40), errors: often(60), samples: below(30), isSleepy: below(6) === 0 },
    ...{ stalledRatio: often(1_001) / 1_000, lateRatio: often(700) / 1_000 },
  });
}
