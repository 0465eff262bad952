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
