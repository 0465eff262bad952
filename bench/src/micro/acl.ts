import { markdownTable, median, short, type ProgramOptions, type ProgramResult } from '../program.ts';

/** What is used of the gateway, as it is built. */
interface SessionAcl {
  mayPublish(topic: Uint8Array, start: number, end: number): boolean;
}
interface Built {
  readonly Acl: new (config: unknown) => { of(subject: unknown): SessionAcl | undefined };
}

const samples = 9;
const topicsOf = (count: number): readonly Buffer[] =>
  Array.from({ length: count }, (_, i) =>
    Buffer.from(`0000devices/pump-0001/telemetry/sensor-${i % 10}${i}0000`),
  );
const edge = 4;

/** What the rules cost a PUBLISH: ns, without any, with the default, and with many, to one topic and to several in turn. */
export async function aclBenchmark(options: ProgramOptions): Promise<ProgramResult> {
  const file = new URL('../../../../apps/gateway/dist/admission/acl/acl.js', import.meta.url);
  const built = (await import(file.href)) as Built;
  const rounds = Math.round((options.seconds ?? 2) * 500_000);
  const cases: [string, number, string][] = [
    ['no rules: one comparison', 0, 'allow'],
    ['own branch only', 0, 'own-branch'],
    ['10 rules before it', 10, 'own-branch'],
    ['100 rules before it', 100, 'own-branch'],
  ];
  const data = cases.map(([name, rules, otherwise]) => {
    const acl = aclOf(built, rules, otherwise);
    const [sameNs, inTurnNs, manyNs] = [1, 4, 16].map((count) => time(acl, rounds, topicsOf(count)));
    return { name, sameNs: sameNs!, inTurnNs: inTurnNs!, manyNs: manyNs! };
  });
  const rows = data.map(({ name, sameNs, inTurnNs, manyNs }) => [
    name,
    ...[sameNs, inTurnNs, manyNs].map(short),
  ]);
  const heads = ['rules', 'ns, the same topic', 'ns, 4 topics in turn', 'ns, 16 in turn'];
  return { markdown: markdownTable(heads, rows), data, isGood: true };
}

function aclOf({ Acl }: Built, count: number, otherwise: string): SessionAcl | undefined {
  const rules = Array.from({ length: count }, (_, i) => ({
    effect: 'allow',
    action: 'publish',
    topics: [`sites/+/room-${i}/#`],
  }));
  const config = { default: otherwise, anonymousDefault: 'allow', deniedPublish311: 'acknowledge', rules };
  const identity = { by: 'users', user: 'ann', claims: {} };
  const subject = {
    clientId: 'pump-0001',
    identity,
    class: 'standard',
    listener: 'mqtt',
    address: '10.0.0.1:1',
  };
  return new Acl(config).of(subject);
}

/** ns for each of `rounds` messages, to the topics in turn; their number is a power of 2. */
function time(acl: SessionAcl | undefined, rounds: number, topics: readonly Buffer[]): number {
  const nanos: number[] = [];
  let allowed = 0;
  for (let sample = 0; sample <= samples; sample++) {
    const startMs = performance.now();
    for (let i = 0; i < rounds; i++) {
      const topic = topics[i & (topics.length - 1)]!;
      if (acl === undefined || acl.mayPublish(topic, edge, topic.length - edge)) allowed++;
    }
    if (sample > 0) nanos.push(((performance.now() - startMs) * 1e6) / rounds);
  }
  if (allowed !== rounds * (samples + 1)) throw new Error('a topic of its own was denied');
  return median(nanos);
}
