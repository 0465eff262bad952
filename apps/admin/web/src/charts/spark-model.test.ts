import { encodeSpark } from '@tributary/protocol/admin-api';
import { expect, test } from 'vitest';
import { sparkRuns } from './spark-model.ts';

test('a line is cut where the band changes, and the parts meet', () => {
  const { runs, last } = sparkRuns(encodeSpark([100, 96, 40]));
  expect(runs.map(({ band }) => band)).toEqual(['excellent', 'poor']);
  expect(runs[1]?.points[0]).toEqual(runs[0]?.points.at(-1));
  expect(last).toEqual({ y: 0.4, band: 'poor' });
});

test('what is not known is a hole, and the newest point stands at the right', () => {
  const { runs } = sparkRuns(encodeSpark([80, undefined, 80, 80]));
  expect(runs).toHaveLength(2);
  expect(runs[1]?.points.at(-1)?.[0]).toBe(1);
  expect(sparkRuns('')).toEqual({ runs: [], last: undefined });
});
