import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  AttackProcess,
  attackers,
  FleetProcess,
  type AttackReport,
  type AttackTarget,
  type FleetReport,
  type RemoteFleet,
  type Verdict,
  verifyUplink,
} from '../load/index.ts';
import { selfSigned } from './measure/certificate.ts';
import { rssBytes } from './measure/process-stats.ts';
import { startRedis } from './measure/redis-server.ts';
import { collectable, collectedBytes } from './measure/collector.ts';
import { shared, startServer } from './measure/servers.ts';
import { temporaryDirectory } from './measure/temporary.ts';
import { markdownTable, short, type ProgramOptions, type ProgramResult } from './program.ts';

const user = 'fleet';
const password = 'secret of the fleet';
/** The bound: so many times the quiet run, or so many ms, whichever is more. */
const mostTimes = 2;
const enoughMs = 20;
/** The heap breathes; what an attack leaves behind must not stay. */
const mostGrowth = 1.25;
const publishFlood = 'publish-flood';

interface Ordeal {
  name: string;
  p99Ms: number;
  maxMs: number;
  rssMegabytes: number;
  attack: AttackReport | undefined;
}

export interface AttacksResult {
  quiet: Ordeal;
  ordeals: Ordeal[];
  /** Resident memory without garbage, after the quiet run and 30 s after the last attack. */
  beforeMegabytes: number;
  afterMegabytes: number;
  verdict: Verdict;
  report: FleetReport;
  /** Everything was acknowledged within 10 s after the last message. */
  isSettled: boolean;
}

/** A thousand devices at a message a second each, quiet first, then beside one attack after the other. */
export async function measureAttacks(options: ProgramOptions): Promise<AttacksResult> {
  const site = await startSite();
  const load = new FleetProcess();
  try {
    const devices = options.devices ?? 1000;
    const seconds = options.seconds ?? 10;
    const fleet = await load.fleet({
      endpoint: { host: '127.0.0.1', port: site.target.mqtt, transport: 'tcp' },
      protocol: 'mqtt5',
      devices,
      qos: 1,
      user,
      password,
      maxSeconds: 1200,
    });
    await fleet.connect({ perSecond: 100, atOnce: 50, timeoutMs: 60_000 });
    await fleet.start({ kind: 'rate', perSecond: 1 });
    await sleep(3000);
    const quiet = await ordeal('quiet', site, fleet, seconds);
    const beforeMegabytes = (await collectedBytes(site.pid)) / 2 ** 20;
    const ordeals: Ordeal[] = [];
    for (const name of chosen(options.only)) {
      options.say?.(name);
      ordeals.push(await underAttack(name, site, fleet, seconds));
    }
    await sleep(30_000);
    const afterMegabytes = (await collectedBytes(site.pid)) / 2 ** 20;
    const isSettled = await fleet.settle();
    const report = await fleet.report();
    const ledger = await fleet.ledger();
    await fleet.end();
    const verdict = await verifyUplink(ledger, { redisUrl: site.redisUrl, ...shared });
    return { quiet, ordeals, beforeMegabytes, afterMegabytes, verdict, report, isSettled };
  } finally {
    await load.stop();
    await site.stop();
  }
}

function chosen(only: string | undefined): string[] {
  const all = [...Object.keys(attackers), publishFlood];
  return only === undefined ? all : all.filter((name) => only.split(',').includes(name));
}

async function underAttack(name: string, site: Site, fleet: RemoteFleet, seconds: number): Promise<Ordeal> {
  if (name === publishFlood) return besideFlood(site, fleet, seconds);
  const attack = new AttackProcess({ name, target: site.target, perSecond: attackers[name]!.perSecond });
  try {
    await attack.ready();
    await sleep(2000);
    const found = await ordeal(name, site, fleet, seconds);
    return { ...found, attack: await attack.report() };
  } finally {
    await attack.stop();
    await sleep(2000);
  }
}

/** One device that publishes as fast as its socket takes it. */
async function besideFlood(site: Site, fleet: RemoteFleet, seconds: number): Promise<Ordeal> {
  const load = new FleetProcess();
  try {
    const flood = await load.fleet({
      endpoint: { host: '127.0.0.1', port: site.target.mqtt, transport: 'tcp' },
      protocol: 'mqtt5',
      devices: 1,
      idPrefix: 'flood-',
      qos: 1,
      user,
      password,
      window: 65_535,
      reconnectMs: 500,
      maxSeconds: 120,
    });
    await flood.connect();
    await flood.start({ kind: 'flood' });
    await sleep(2000);
    return await ordeal(publishFlood, site, fleet, seconds);
  } finally {
    await load.stop();
  }
}

async function ordeal(name: string, site: Site, fleet: RemoteFleet, seconds: number): Promise<Ordeal> {
  await fleet.resetLatency();
  await sleep(seconds * 1000);
  const { p99Ms, maxMs } = (await fleet.report()).latency;
  return { name, p99Ms, maxMs, rssMegabytes: rssBytes(site.pid) / 2 ** 20, attack: undefined };
}

interface Site {
  target: AttackTarget;
  pid: number;
  redisUrl: string;
  stop(): Promise<void>;
}

async function startSite(): Promise<Site> {
  const directory = await temporaryDirectory();
  const redis = await startRedis();
  const file = join(directory.path, 'users');
  await writeUser(file);
  const local = { host: '127.0.0.1', port: 0 };
  const tls = await selfSigned(directory.path);
  const server = await startServer(
    'tributary',
    redis,
    {
      listeners: [
        { name: 'mqtt', protocol: 'mqtt', ...local },
        { name: 'mqtts', protocol: 'mqtts', ...local, tls },
        { name: 'ws', protocol: 'ws', ...local },
      ],
      auth: { anonymous: false, binding: 'none', chain: [{ type: 'users', file }] },
      ...guards,
    },
    collectable,
  );
  const { mqtt, mqtts, ws } = server.ports;
  return {
    target: { mqtt: mqtt!, mqtts: mqtts!, ws: ws! },
    pid: server.pid,
    redisUrl: redis.url,
    stop: async () => {
      await server.stop();
      await redis.stop();
      await directory.remove();
    },
  };
}

/** What a node that faces the internet sets, for sites of up to a thousand devices behind one address. */
const guards = {
  acl: { default: 'allow' },
  sources: {
    address: { rate: '50/s', burst: 1500, connections: 2000, unauthenticated: 100, tlsHandshakes: 50 },
    prefix: { rate: '200/s', burst: 3000, connections: 5000, unauthenticated: 500 },
  },
  rates: { device: { messages: { rate: '50/s', burst: 200 } } },
  limits: { handshakeTimeoutMs: 5000 },
};

function writeUser(file: string): Promise<void> {
  const main = fileURLToPath(new URL('../../../apps/cli/dist/main.js', import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, 'passwd', '--file', file, user], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`passwd ended with ${code}`))));
    child.stdin.end(`${password}\n`);
  });
}

/** Every promise kept under attack, with what was found. */
export function attackBounds(result: AttacksResult): { bound: string; found: string; isKept: boolean }[] {
  const { quiet, ordeals, report, verdict, beforeMegabytes, afterMegabytes } = result;
  const mostMs = Math.max(mostTimes * quiet.p99Ms, enoughMs);
  const mostMegabytes = beforeMegabytes * mostGrowth;
  const slowest = ordeals.reduce((worst, each) => (each.p99Ms > worst.p99Ms ? each : worst), quiet);
  const ends = report.devices - report.open;
  return [
    { bound: 'every message acknowledged', found: `${report.unacked} open`, isKept: result.isSettled },
    { bound: 'none lost', found: `${verdict.missing} missing of ${verdict.acked}`, isKept: verdict.missing === 0 },
    { bound: 'none disconnected', found: `${ends} ended`, isKept: ends === 0 },
    { bound: `PUBACK p99 below ${short(mostMs)} ms`, found: `${short(slowest.p99Ms)} ms (${slowest.name})`, isKept: slowest.p99Ms <= mostMs },
    { bound: `memory without garbage back below ${short(mostMegabytes)} MB`, found: `${short(afterMegabytes)} MB`, isKept: afterMegabytes <= mostMegabytes },
  ]; // prettier-ignore
}

export async function attacks(options: ProgramOptions): Promise<ProgramResult> {
  const result = await measureAttacks(options);
  const bounds = attackBounds(result);
  const table = markdownTable(
    ['', 'PUBACK p99, ms', 'max, ms', 'node, MB', 'attempts', 'refused', 'open'],
    [result.quiet, ...result.ordeals].map(({ name, p99Ms, maxMs, rssMegabytes, attack }) => [
      name,
      ...[p99Ms, maxMs, rssMegabytes].map(short),
      ...[attack?.attempts, attack?.refused, attack?.open].map((count) => String(count ?? '')),
    ]),
  );
  const kept = bounds.map(({ bound, found, isKept }) => `${isKept ? 'kept' : 'BROKEN'}: ${bound}: ${found}`);
  return {
    markdown: [table, ...kept, ...result.verdict.examples].join('\n\n'),
    data: result,
    isGood: bounds.every(({ isKept }) => isKept),
  };
}
