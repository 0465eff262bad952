/** A vertical axis from 0: its top and the values worth a line, at most four above 0. */
export function niceScale(highest: number): { top: number; ticks: number[] } {
  const floor = Math.max(highest, 3);
  const rough = floor / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((candidate) => candidate >= rough) ?? 10 * power;
  const count = Math.max(1, Math.ceil(floor / step));
  const ticks = Array.from({ length: count }, (_, i) => Number(((i + 1) * step).toPrecision(6)));
  return { top: ticks.at(-1) ?? 1, ticks };
}
