const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
const bytesOf: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** Most of anything a limit may allow in a second: above it, a limit is none, and arithmetic stays exact. */
const mostPerSecond = 1e12;

/** What a rate accepts, in words that follow "must be". */
export const rateAccepts = 'a rate above 0 such as "50/s", "3000/m" or "10/h"';
/** The same of a rate in bytes. */
export const byteRateAccepts = 'a rate above 0 such as "64KiB/s", "1MiB/s" or "2GiB/h" (B, KiB, MiB, GiB)';
/** The same of a size. */
export const byteSizeAccepts = 'a size above 0 such as "512B", "64KiB" or "4MiB" (B, KiB, MiB, GiB)';

/** `"50/s"`, `"3000/m"`, `"0.5/h"` as a number per second; undefined: it is no such rate. */
export function parseRate(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,12}(?:\.\d{1,6})?)\/([smh])$/.exec(text) ?? [];
  return count === undefined ? undefined : bounded(Number(count) / secondsOf[unit!]!);
}

/** `"1MiB/s"`, `"500KiB/m"` as bytes per second; undefined: it is no such rate. */
export function parseByteRate(text: string): number | undefined {
  const [, size, unit] = /^([^/]{1,24})\/([smh])$/.exec(text) ?? [];
  const bytes = size === undefined ? undefined : parseByteSize(size);
  return bytes === undefined ? undefined : bounded(bytes / secondsOf[unit!]!);
}

/** `"64KiB"` as bytes; undefined: it is no such size. */
export function parseByteSize(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,12}(?:\.\d{1,6})?)(B|KiB|MiB|GiB)$/.exec(text) ?? [];
  return count === undefined ? undefined : bounded(Number(count) * bytesOf[unit!]!);
}

const bounded = (value: number): number | undefined =>
  value > 0 && value <= mostPerSecond ? value : undefined;
