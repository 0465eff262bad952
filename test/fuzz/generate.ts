import type { Case, Plan, Step, Way } from './case.ts';
import { deviceSaid, deviceSession } from './grammar/device-session.ts';
import { mqttSession, type Said } from './grammar/mqtt-session.ts';
import { aSharedClientId } from './grammar/names.ts';
import { upgrade } from './grammar/websocket.ts';
import { mutate } from './mutate-bytes.ts';
import { mutateFrame } from './mutate-frame.ts';
import { type Random, randomOf } from './random.ts';
import { send, sendsOf } from './sends.ts';

/** Case `number` of a seed: always the same. */
export function generate(seed: number, number: number): Case {
  const random = randomOf(seed, number);
  const count = random.weighted([
    [15, 1],
    [45, 2],
    [30, 3],
    [10, 4],
  ]);
  // One device many times over: takeovers, and sessions that are resumed.
  const device = random.chance(20) ? { clientId: aSharedClientId(random), isHurried: random.chance(50) } : {};
  const plans: Plan[] = [];
  const scripts: Step[][] = [];
  for (let on = 0; on < count; on++) {
    const way: Way = random.pick(['tcp', 'tcp', 'ws', 'device']);
    plans.push({ way, answers: random.chance(45), stays: random.chance(12) });
    scripts.push(ended(random, on, script(random, way, on, device)));
  }
  return { name: `${seed}/${number}`, plans, steps: interleave(random, scripts) };
}

/** Whose connections they are, when they are all of one device; hurried ones do not wait for their greeting. */
interface Device {
  readonly clientId?: string;
  readonly isHurried?: boolean;
}

/** What one connection sends and waits for. Behind what is odd it waits for nothing that must come. */
function script(random: Random, way: Way, on: number, { clientId, isHurried }: Device): Step[] {
  const said = way === 'device' ? deviceScript(random, clientId) : mqttScript(random, clientId);
  const steps: Step[] = way === 'tcp' ? [] : [send(random, on, upgrade(way), 'upgrade')];
  let isSure = true;
  let pings = 0;
  for (const each of said) {
    const sent = sendsOf(random, way, on, each);
    steps.push(...sent);
    isSure &&= sent.every(({ isOdd }) => !isOdd);
    if (each.awaits === 'ponged') pings++;
    if (!isSure || each.awaits === undefined) {
      if (random.chance(isHurried === true ? 2 : 12)) steps.push({ on, do: 'await' });
    } else if (each.awaits === 'ponged') {
      steps.push({ on, do: 'ponged', count: pings });
    } else if (isHurried !== true && random.chance(70)) {
      steps.push({ on, do: 'greeted' });
    }
  }
  return steps;
}

/** Which of `count` packets are damaged: none, one, or several. */
function whichAreDamaged(random: Random, count: number): (at: number) => boolean {
  const damage = random.weighted([
    [40, 'none'],
    [40, 'one'],
    [20, 'several'],
  ] as const);
  if (damage === 'none') return () => false;
  if (damage === 'several') return () => random.chance(30);
  const one = random.chance(25) ? 0 : random.below(count);
  return (at) => at === one;
}

function mqttScript(random: Random, clientId: string | undefined): Said[] {
  const packets = mqttSession(random, random.pick([4, 5]), clientId);
  const all = packets.map(({ bytes }) => bytes);
  const isDamaged = whichAreDamaged(random, packets.length);
  const said = packets.map((each, at) => {
    if (!isDamaged(at)) return each;
    const { bytes, how } = mutate(each.bytes, random, all);
    return { bytes, says: `${each.says}, ${how}`, isOdd: true };
  });
  return random.chance(15) ? reordered(random, said) : said;
}

function deviceScript(random: Random, clientId: string | undefined): Said[] {
  const session = deviceSession(random, clientId);
  const isDamaged = whichAreDamaged(random, session.length);
  const said = session.map((frame, at) => {
    const whole = deviceSaid(frame);
    if (!isDamaged(at)) return whole;
    if (random.chance(25)) {
      const { bytes, how } = mutate(whole.bytes, random, [whole.bytes]);
      return { bytes, says: `${whole.says}, ${how}`, isOdd: true };
    }
    const { text, how } = mutateFrame(frame, random);
    return { bytes: Buffer.from(text), says: `${whole.says}, ${how}`, isOdd: true };
  });
  return random.chance(15) ? reordered(random, said) : said;
}

/** A packet comes twice, or elsewhere. */
function reordered(random: Random, said: readonly Said[]): Said[] {
  const from = random.below(said.length);
  const moved: Said = { ...said[from]!, isOdd: true };
  const rest = random.chance(50) ? [...said] : said.toSpliced(from, 1);
  return rest.toSpliced(random.below(rest.length + 1), 0, moved);
}

/** How a connection ends when its case does it; and some do not read for a while, which makes nothing sure. */
function ended(random: Random, on: number, steps: Step[]): Step[] {
  const end = random.weighted([
    [60, 'not'],
    [22, 'end'],
    [12, 'reset'],
    [6, 'deaf'],
  ] as const);
  if (end === 'not') return steps;
  if (end === 'deaf') return deafened(random, on, steps);
  const at = random.chance(70) ? steps.length : random.below(steps.length + 1);
  return [...steps.slice(0, at), { on, do: end }];
}

function deafened(random: Random, on: number, steps: Step[]): Step[] {
  const sends: Step[] = steps.filter((step) => step.do === 'send');
  const deaf = sends.toSpliced(random.below(sends.length + 1), 0, { on, do: 'deaf' });
  return random.chance(50) ? [...deaf, { on, do: 'hear' }] : deaf;
}

/** One order of all steps that keeps each connection's own. */
function interleave(random: Random, scripts: readonly Step[][]): Step[] {
  const rest = scripts.map((steps) => [...steps]);
  const steps: Step[] = [];
  for (;;) {
    const open = rest.filter((each) => each.length > 0);
    if (open.length === 0) return steps;
    steps.push(...random.pick(open).splice(0, random.between(1, 3)));
  }
}
