const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** A length of time for people, in its two largest units: `3 min`, `2 h 5 min`, `400 ms`. */
export function durationText(ms: number): string {
  if (!(ms >= 1000)) return `${Math.max(0, Math.round(ms) || 0)} ms`;
  const at = units.findIndex(([, size]) => ms >= size);
  const [name, size] = units[at]!;
  const count = Math.floor(ms / size);
  const next = units[at + 1];
  const rest = next === undefined ? 0 : Math.floor((ms - count * size) / next[1]);
  // Seconds beside minutes say nothing after the first few.
  const isFine = next === undefined || rest === 0 || (name === 'min' && count >= 3);
  return isFine ? `${count} ${name}` : `${count} ${name} ${rest} ${next[0]}`;
}
