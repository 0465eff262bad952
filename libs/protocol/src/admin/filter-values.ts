import { parseIpAddress, parseIpPrefix } from '../ip-address.ts';
import type { FilterKey } from './filter-keys.ts';

const unitsMs = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
]);

const factors = new Map([
  ['%', 0.01],
  ['k', 1000],
  ['ms', 1],
  ['', 1],
]);

/** A number as people write it: `50`, `0.5`, `1%` (0.01), `2k` (2000), `200ms` (200). Undefined for what is none. */
export function parseFilterNumber(text: string): number | undefined {
  const [, digits, unit = ''] = /^(-?\d{1,15}(?:\.\d{1,9})?)(%|k|ms)?$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * factors.get(unit)!;
}

/** A duration as milliseconds: `90s`, `1h`, `1h30m`; at most ten parts. Undefined for what is none. */
export function parseFilterDuration(text: string): number | undefined {
  if (!/^(?:\d{1,9}(?:\.\d{1,3})?(?:ms|[smhdw])){1,10}$/.test(text)) return undefined;
  let sumMs = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)) {
    sumMs += Number(count) * unitsMs.get(unit!)!;
  }
  return sumMs;
}

/** What is wrong with a value of a key, for people; undefined when nothing is. */
export function faultOfValue(key: FilterKey, value: string): string | undefined {
  if (key.key === 'ip' && parseIpAddress(value) === undefined) return `"${shown(value)}" is no IP address`;
  if (key.key === 'prefix' && parseIpPrefix(value) === undefined)
    return `"${shown(value)}" is no block of addresses such as 10.1.2.0/24`;
  switch (key.kind) {
    case 'number':
      return parseFilterNumber(value) === undefined ? `"${shown(value)}" is no number` : undefined;
    case 'duration':
      return parseFilterDuration(value) === undefined
        ? `"${shown(value)}" is no duration such as 90s, 5m or 1h`
        : undefined;
    case 'choice':
      return key.choices?.includes(value) === true
        ? undefined
        : `${key.key} is one of ${key.choices?.join(', ') ?? ''}`;
    case 'text':
      return undefined;
  }
}

/** Not more of a word than a message needs. */
export function shown(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
