/** One line of a chart. */
export interface LineSeries {
  name: string;
  /** Name of its colour, e.g. `--line-1`. */
  token: string;
  /** One value per moment; null is a hole. */
  values: readonly (number | null)[];
  /** Filled down to the base line. */
  area?: boolean;
  /** Measured passively, or otherwise less to be relied on. */
  dashed?: boolean;
}

/** A vertical line where something happened. */
export interface LineMark {
  at: number;
  text: string;
  /** Name of its colour; quiet without one. */
  token?: string;
}

type Values = (number | null)[];

/**
 * What is drawn for lines that stand on each other: each one's sum with those below it. A moment at which none is known
 * stays a hole; one unknown among known ones counts as nothing.
 */
export function stackedValues(series: readonly LineSeries[]): Values[] {
  const stacked: Values[] = [];
  let below: Values | undefined;
  for (const { values } of series) {
    const base = below;
    const sum = values.map((value, i) => {
      const under = base?.[i] ?? null;
      return value === null && under === null ? null : (value ?? 0) + (under ?? 0);
    });
    stacked.push(sum);
    below = sum;
  }
  return stacked;
}

/** Top of a vertical axis from 0, a little above the highest value, and never nothing. */
export function topOf(highest: number | null | undefined, least: number): number {
  const top = Math.max(least, (highest ?? 0) * 1.06);
  const power = 10 ** Math.floor(Math.log10(top));
  const round = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((each) => each * power >= top - 1e-9);
  return (round ?? 10) * power;
}

/** The chart in a sentence: each line's newest value and its extremes. */
export function lineSentence(
  title: string,
  series: readonly LineSeries[],
  format: (value: number) => string,
): string {
  const parts = series.map(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    const last = known.at(-1);
    if (last === undefined) return `${name}: nothing measured`;
    const [low, high] = [Math.min(...known), Math.max(...known)];
    return `${name}: latest ${format(last)}, between ${format(low)} and ${format(high)}`;
  });
  return `${title}. ${parts.join('; ')}.`;
}
