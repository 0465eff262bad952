import { addressOfEndpoint } from '@tributary/protocol';
import { markdownTable, median, short, type ProgramOptions, type ProgramResult } from '../program.ts';

/** What is used of the gateway, as it is built. */
interface Built {
  readonly Sources: new (config: unknown, now: () => number, onThrottled: () => void) => Sources;
  readonly sourceKeyOf: (endpoint: string) => unknown;
}
interface Sources {
  enter(endpoint: string, isSecuring: boolean): Partial<Visit>;
  readonly addressCount: number;
}
interface Visit {
  welcomed(isVouchedFor: boolean): void;
  left(): void;
}

const samples = 7;
/** Never reached. */
const high = {
  ...{ mode: 'enforce', rate: '999999999/s', burst: 999_999_999 },
  ...{ connections: 999_999_999, unauthenticated: 999_999_999 },
};
const config = {
  address: { ...high, tlsHandshakes: 999_999_999 },
  prefix: { ...high, ipv4Bits: 24, ipv6Bits: 64 },
  node: { mode: 'enforce', tlsHandshakes: 999_999_999 },
  earned: { max: 10_000, halfLifeMs: 21_600_000 },
  maxIdle: 16_384,
};
const one = '203.0.113.9:40000';

/** What counting its source costs a connection: ns, let in and gone again, from known and ever new addresses, and refused. */
export async function sourcesBenchmark(options: ProgramOptions): Promise<ProgramResult> {
  const { Sources, sourceKeyOf } = await load();
  const make = (changes: object = {}): Sources =>
    new Sources(
      { ...config, ...changes },
      () => performance.now(),
      () => {},
    );
  const [known, spray, spray6] = [make(), make(), make()];
  const refusing = make({ address: { ...config.address, rate: '1/h', burst: 1 } });
  const cases: [string, (i: number) => unknown][] = [
    ['address known', () => come(known, one)],
    ['a new IPv4 address each time', (i) => come(spray, `${byte(i >> 16)}.${byte(i >> 8)}.${byte(i)}.9:1`)],
    [
      'a new IPv6 address each time',
      (i) => come(spray6, `[2001:db8:${(i >> 8).toString(16)}::${byte(i).toString(16)}]:1`),
    ],
    ['refused', () => refusing.enter(one, false)],
    ['IPv4 address read by hand', () => sourceKeyOf(one)],
    ['IPv4 address read as anywhere else', () => addressOfEndpoint(one)],
  ];
  const rounds = Math.round((options.seconds ?? 2) * 50_000);
  const data = cases.map(([name, act]) => ({ name, ns: time(act, rounds) }));
  const rows = data.map(({ name, ns }) => [name, short(ns)]);
  return {
    markdown: markdownTable(['connection', 'ns'], rows),
    data,
    isGood: spray.addressCount <= config.maxIdle,
  };
}

const byte = (value: number): number => value & 255;

function come(sources: Sources, endpoint: string): void {
  const visit = sources.enter(endpoint, false) as Visit;
  visit.welcomed(true);
  visit.left();
}

async function load(): Promise<Built> {
  const from = (file: string): Promise<unknown> =>
    import(
      new URL(`../../../../apps/gateway/dist/admission/sources/${file}`, import.meta.url).href
    ) as Promise<unknown>;
  const [sources, key] = await Promise.all([from('sources.js'), from('source-key.js')]);
  return { ...(sources as Pick<Built, 'Sources'>), ...(key as Pick<Built, 'sourceKeyOf'>) };
}

function time(act: (i: number) => unknown, rounds: number): number {
  const nanos: number[] = [];
  let at = 0;
  for (let sample = 0; sample <= samples; sample++) {
    const startMs = performance.now();
    for (let i = 0; i < rounds; i++) act(at++);
    if (sample > 0) nanos.push(((performance.now() - startMs) * 1e6) / rounds);
  }
  return median(nanos);
}
