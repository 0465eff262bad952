import type { HistoryPoint } from '@tributary/protocol/admin-api';

const everySeconds = 10;

/** One number of the last ten minutes, the highest of each ten seconds: [1] connections, [2] messages per second. */
export function thinned(history: readonly HistoryPoint[], number: 1 | 2): number[] {
  const slots = new Map<number, number>();
  for (const point of history) {
    const slot = Math.floor(point[0] / (1000 * everySeconds));
    slots.set(slot, Math.max(slots.get(slot) ?? 0, point[number]));
  }
  return [...slots.values()];
}

/** A share as percent with one digit, never a false 100: `99.9`, `100`, `–`. */
export function shareText(share: number | null): string {
  if (share === null) return '–';
  const percent = Math.floor(1000 * share) / 10;
  return percent === 100 || percent === 0 ? String(percent) : percent.toFixed(1);
}

/** Against the same hour yesterday, in points of percent. */
export function changeWords(
  now: number | null,
  before: number | null,
): { kind: 'better' | 'worse' | 'same'; words: string } {
  if (now === null) return { kind: 'same', words: 'nothing measured yet' };
  if (before === null) return { kind: 'same', words: 'no yesterday to compare' };
  const points = 100 * (now - before);
  if (Math.abs(points) < 0.05) return { kind: 'same', words: 'as yesterday' };
  const kind = points > 0 ? 'better' : 'worse';
  return { kind, words: `${points > 0 ? '▲' : '▼'} ${Math.abs(points).toFixed(1)} since yesterday` };
}
