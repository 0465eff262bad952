import { causes, causeWords, type Penalties } from '@tributary/protocol/admin-api';
import { causeToken } from '../parts/words.ts';
import type { LineSeries } from './line-model.ts';

/** Points lost by cause over time, one line for each cause: for a stacked chart, in the order of every list. */
export const causeSeries = (points: readonly (Penalties | null)[]): LineSeries[] =>
  causes.map((cause) => ({
    name: causeWords[cause],
    token: causeToken(cause),
    values: points.map((each) => each?.[cause] ?? null),
  }));
