import { setTimeout as sleep } from 'node:timers/promises';
import { startAdminProcess, type AdminProcess } from './dashboard/admin-process.ts';
import { measurePage, type PageFigures } from './dashboard/page.ts';
import { get, measureSearch, type SearchFigures } from './dashboard/search.ts';
import { SimulatedFleet } from './dashboard/simulated-fleet.ts';
import { measureFeed } from './dashboard/watch-feed.ts';
import { startRedis } from './measure/redis-server.ts';
import { markdownTable, short, type ProgramOptions, type ProgramResult } from './program.ts';

/** What operators were promised. Bytes of heap are those the devices add. */
export const dashboardBounds = {
  searchP95Ms: 100,
  feedBytesPerSecond: 10_000,
  heapBytesPer100k: 100_000_000,
  loopP99Ms: 50,
  mainThreadShare: 0.25,
  firstPaintMs: 1000,
  interactiveMs: 1500,
} as const;

const namespace = 'tributary';
const changesPerSecond = 500;
const settleMs = 2000;

export interface DashboardFigures {
  devices: number;
  readMs: number;
  search: SearchFigures;
  feedBytesPerSecond: number;
  loop: { p50Ms: number; p99Ms: number; maxMs: number };
  heapBytes: number;
  rssBytes: number;
  changesPerSecond: number;
  page?: PageFigures;
}

/** An admin with a large fleet that changes all the time: how fast it answers, and what it costs. */
export async function measureDashboard(options: ProgramOptions): Promise<DashboardFigures> {
  const { devices = 100_000, seconds = 20, say = () => undefined } = options;
  const redis = await startRedis();
  const fleet = new SimulatedFleet({ redisUrl: redis.url, namespace, devices, changesPerSecond });
  let admin: AdminProcess | undefined;
  try {
    admin = await startAdminProcess(redis.url, namespace);
    const empty = await admin.probe();
    say(`writing ${devices} records`);
    await fleet.fill();
    fleet.start();
    const readMs = await untilRead(admin, devices);
    say(`read in ${Math.round(readMs)} ms; measuring for ${seconds} s and more`);
    await admin.probe();
    await sleep(settleMs);
    const began = performance.now();
    const changesBefore = fleet.changes;
    const feed = measureFeed(admin, fleet.hotIds, seconds);
    const search = await measureSearch(admin, options.rounds ?? 30);
    const feedBytesPerSecond = await feed;
    const loaded = await admin.probe();
    const changes = (fleet.changes - changesBefore) / ((performance.now() - began) / 1000);
    const figures: DashboardFigures = {
      ...{ devices, readMs, search, feedBytesPerSecond, changesPerSecond: changes },
      loop: { p50Ms: loaded.loopP50Ms, p99Ms: loaded.loopP99Ms, maxMs: loaded.loopMaxMs },
      heapBytes: loaded.heapBytes - empty.heapBytes,
      rssBytes: loaded.rssBytes,
    };
    if (options.browser === true) figures.page = await measurePage(admin, seconds);
    return figures;
  } finally {
    await fleet.stop();
    await admin?.stop();
    await redis.stop();
  }
}

/** Waits until the admin has read them all. Returns how long that took, ms. */
async function untilRead(admin: AdminProcess, devices: number): Promise<number> {
  const began = performance.now();
  for (;;) {
    const summary = (await get(admin, '/fleet')) as { phase: string; devices: { total: number } };
    if (summary.phase === 'live' && summary.devices.total >= devices) return performance.now() - began;
    if (performance.now() - began > 120_000)
      throw new Error('the admin did not read the fleet within two minutes');
    await sleep(100);
  }
}

interface Line {
  what: string;
  is: number;
  bound: number | undefined;
  unit: string;
}

export async function dashboard(options: ProgramOptions): Promise<ProgramResult> {
  const data = await measureDashboard(options);
  const lines = linesOf(data);
  const rows = lines.map(({ what, is, bound, unit }) => [
    what,
    `${short(is)} ${unit}`,
    bound === undefined ? '' : `< ${short(bound)} ${unit}`,
    bound === undefined ? '' : is < bound ? 'yes' : '**no**',
  ]);
  const markdown = [
    `${data.devices} devices, ${Math.round(data.changesPerSecond)} changes/s, ${data.search.answers} searches`,
    '',
    markdownTable(['', 'measured', 'promised', 'kept'], rows),
  ].join('\n');
  const isGood = lines.every(({ is, bound }) => bound === undefined || is < bound);
  return { markdown, data, isGood };
}

function linesOf(figures: DashboardFigures): Line[] {
  const { search, loop, page, devices } = figures;
  const bounds = dashboardBounds;
  const line = (what: string, is: number, unit: string, bound?: number): Line => ({ what, is, unit, bound });
  return [
    line('search p95', search.all.p95Ms, 'ms', bounds.searchP95Ms),
    line('search p50', search.all.p50Ms, 'ms'),
    ...Object.entries(search.kinds).map(([kind, times]) => line(`search p95: ${kind}`, times.p95Ms, 'ms')),
    line('event loop late, p99', loop.p99Ms, 'ms', bounds.loopP99Ms),
    line('event loop late, most', loop.maxMs, 'ms'),
    line('feed of an operator', figures.feedBytesPerSecond / 1000, 'kB/s', bounds.feedBytesPerSecond / 1000),
    line(
      'heap of the devices',
      figures.heapBytes / 1e6,
      'MB',
      (bounds.heapBytesPer100k / 1e6) * (devices / 100_000),
    ),
    line('RSS of the admin', figures.rssBytes / 1e6, 'MB'),
    line('reading the fleet', figures.readMs, 'ms'),
    ...(page === undefined
      ? []
      : [
          line('page: main thread on Devices', page.mainThreadShare * 100, '%', bounds.mainThreadShare * 100),
          line('page: first paint', page.firstPaintMs, 'ms', bounds.firstPaintMs),
          line('page: rows to act on', page.interactiveMs, 'ms', bounds.interactiveMs),
        ]),
  ];
}
