import type { ServerName } from './measure/servers.ts';

/** What a person asked of a program; `undefined` where he asked nothing. */
export interface ProgramOptions {
  seconds?: number | undefined;
  rounds?: number | undefined;
  devices?: number | undefined;
  rate?: number | undefined;
  server?: string | undefined;
  only?: string | undefined;
  /** dashboard: measure the page in a browser, too. */
  browser?: boolean | undefined;
  /** Takes a line of progress. */
  say?: ((line: string) => void) | undefined;
}

export interface ProgramResult {
  markdown: string;
  data: unknown;
  /** False when a bound of the program was broken: the process exits with 1. */
  isGood: boolean;
}

/** @throws Error naming the servers there are. */
export function serverName(name = 'tributary'): ServerName {
  if (name === 'floor' || name === 'tributary' || name === 'aedes') return name;
  throw new Error(`no server ${name}; there are floor, tributary, aedes`);
}

/** The middle value; the mean of the two in the middle when there are two. NaN for none. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** A table of Markdown; every column but the first is right-aligned. */
export function markdownTable(header: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(header),
    line(header.map((_, column) => (column === 0 ? '---' : '---:'))),
    ...rows.map(line),
  ].join('\n');
}

/** A number to about three digits. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toFixed(digits).replace(/\B(?=(\d{3})+$)/g, ',');
}
