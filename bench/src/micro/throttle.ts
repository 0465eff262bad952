import { markdownTable, median, short, type ProgramOptions, type ProgramResult } from '../program.ts';

/** What is used of the gateway, as it is built. */
interface Built {
  readonly RateBook: new (config: unknown, now: () => number) => { enter(device: unknown): unknown[] };
  readonly Throttle: new (
    connection: unknown,
    meters: unknown[],
    services: unknown,
    storyOf: () => undefined,
  ) => { judge(bytes: number, redress: string): string };
}

const samples = 9;
const messageBytes = 128;
/** Never reached: what a message costs that is within its limits. */
const high = { mode: 'enforce', messages: { rate: '999999999/s' }, bytes: { rate: '900GiB/s' } };
const none = { mode: 'enforce' };

/** What limits cost a message that is within them: ns, with none, with those of a device, with all there are. */
export async function throttleBenchmark(options: ProgramOptions): Promise<ProgramResult> {
  const built = await load();
  const rounds = Math.round((options.seconds ?? 2) * 500_000);
  const cases: [string, unknown[]][] = [
    ['no limit: one comparison', []],
    ['messages of a device', metersOf(built, { device: { mode: 'enforce', messages: high.messages } })],
    ['messages and bytes of a device', metersOf(built, { device: high })],
    [
      'messages and bytes of device, user, class, listener, node',
      metersOf(built, { device: high, user: high, class: { standard: high }, listener: high, node: high }),
    ],
  ];
  const data = cases.map(([name, meters]) => ({ name, ns: time(sessionOf(built, meters), rounds) }));
  const rows = data.map(({ name, ns }) => [name, short(ns)]);
  return { markdown: markdownTable(['limits', 'ns per message'], rows), data, isGood: true };
}

async function load(): Promise<Built> {
  const from = (file: string): Promise<unknown> =>
    import(new URL(`../../../../apps/gateway/dist/${file}`, import.meta.url).href) as Promise<unknown>;
  const [book, throttle] = await Promise.all([
    from('admission/rates/rate-book.js'),
    from('session/throttling/throttle.js'),
  ]);
  return { ...(book as Pick<Built, 'RateBook'>), ...(throttle as Pick<Built, 'Throttle'>) };
}

function metersOf({ RateBook }: Built, limits: object): unknown[] {
  const unlimited = { device: none, deviceOf: {}, class: {}, user: none, listener: none, node: none };
  const book = new RateBook(
    { ...unlimited, replay: none, ...limits, maxPauseMs: 1, refusals: { rate: '1/s' } },
    () => performance.now(),
  );
  return book.enter({ clientId: 'pump-1', user: 'anna', class: 'standard', listener: 'mqtt' });
}

interface Limited {
  readonly throttle: { judge(bytes: number, redress: string): string } | undefined;
  admitted: number;
}

function sessionOf({ Throttle }: Built, meters: unknown[]): Limited {
  const services = { monotonic: () => performance.now(), maxPauseMs: 1 };
  const throttle =
    meters.length === 0 ? undefined : new Throttle({ keepAliveMs: 0 }, meters, services, () => undefined);
  return { throttle, admitted: 0 };
}

/** As a handler of PUBLISH asks. */
function publish(session: Limited): void {
  const { throttle } = session;
  if (throttle !== undefined && throttle.judge(messageBytes, 'refuse') !== 'admit') return;
  session.admitted++;
}

function time(session: Limited, rounds: number): number {
  const nanos: number[] = [];
  for (let sample = 0; sample <= samples; sample++) {
    const startMs = performance.now();
    for (let i = 0; i < rounds; i++) publish(session);
    if (sample > 0) nanos.push(((performance.now() - startMs) * 1e6) / rounds);
  }
  if (session.admitted !== rounds * (samples + 1)) throw new Error('a message was not within its limits');
  return median(nanos);
}
