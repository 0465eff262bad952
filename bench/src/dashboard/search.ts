import { setTimeout as sleep } from 'node:timers/promises';
import { Histogram } from '../../load/histogram.ts';
import type { AdminProcess } from './admin-process.ts';

/** What operators ask, by kind. Each question is asked with new values, so that no answer is a kept one. */
const questions: Readonly<Record<string, (n: number) => string>> = {
  'first page': () => '/devices?facets=1',
  'prefix': (n) => `/devices?q=${ask(`id:plant-${n % 400}/*`)}`,
  'part of an id': (n) => `/devices?q=${ask(String(n % 1000).padStart(3, '0'))}`,
  'filter, sorted': (n) => `/devices?q=${ask(`cqi<${50 + (n % 40)} fw:2.4.* -node:gw-2`)}&sort=-rtt`,
  'all, sorted': (n) => `/devices?q=${ask(`last<${n + 100}h`)}&sort=-attention`,
  'facets': (n) => `/devices?q=${ask(`rtt<${n + 300}`)}&sort=score&facets=1`,
  'block of addresses': (n) => `/devices?q=${ask(`prefix:10.${n % 40}.0.0/16 band:poor|bad|fair`)}`,
  'worst groups': (n) => `/fleet/groups?q=${ask(`last<${n + 100}h`)}`,
  'many patterns': (n) =>
    `/devices?q=${ask(`id:${Array.from({ length: 8 }, (_, i) => `*${n + i}*7`).join('|')}`)}`,
  'empty, with blame': (n) => `/devices?q=${ask(`cqi<0 fw:2.4.1 rtt>${n}`)}`,
};

const ask = (q: string): string => encodeURIComponent(q);

/** Pages read one after the other to get deep into a list. */
const deepPages = 20;
const pauseMs = 15;

export interface SearchFigures {
  /** ms by kind of question. */
  kinds: Record<string, { p50Ms: number; p95Ms: number; maxMs: number }>;
  all: { p50Ms: number; p95Ms: number; maxMs: number };
  answers: number;
}

/** Asks all kinds of questions in turn, one at a time, as an operator in a hurry. */
export async function measureSearch(admin: AdminProcess, rounds: number): Promise<SearchFigures> {
  const kinds = new Map<string, Histogram>(
    [...Object.keys(questions), 'deep page'].map((kind) => [kind, new Histogram()]),
  );
  const all = new Histogram();
  const timed = async (kind: string, path: string): Promise<unknown> => {
    const before = performance.now();
    const answer = await get(admin, path);
    const us = (performance.now() - before) * 1000;
    kinds.get(kind)!.add(us);
    all.add(us);
    await sleep(pauseMs);
    return answer;
  };
  for (const path of Object.values(questions)) await get(admin, path(9_999)); // compiled before it is measured
  for (let round = 0; round < rounds; round++) {
    for (const [kind, path] of Object.entries(questions)) await timed(kind, path(round));
    if (round % 5 === 0) await readDeep(timed, round);
  }
  return {
    kinds: Object.fromEntries([...kinds].map(([kind, times]) => [kind, summary(times)])),
    all: summary(all),
    answers: all.count,
  };
}

async function readDeep(
  timed: (kind: string, path: string) => Promise<unknown>,
  round: number,
): Promise<void> {
  let cursor = '';
  for (let page = 0; page < deepPages; page++) {
    const sort = round % 2 === 0 ? '-rtt' : 'id';
    const answer = await timed('deep page', `/devices?sort=${sort}${cursor}`);
    const { nextCursor } = answer as { nextCursor: string | null };
    if (nextCursor === null) return;
    cursor = `&cursor=${nextCursor}`;
  }
}

const summary = (times: Histogram) => ({
  p50Ms: times.percentileUs(0.5) / 1000,
  p95Ms: times.percentileUs(0.95) / 1000,
  maxMs: times.percentileUs(1) / 1000,
});

/** @throws Error when the answer is none */
export async function get({ address, headers }: AdminProcess, path: string): Promise<unknown> {
  const response = await fetch(`${address}/api/v1${path}`, { headers });
  if (response.status !== 200) throw new Error(`${path}: ${await response.text()}`);
  return response.json();
}
