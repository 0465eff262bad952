import { answer } from './answering.ts';
import type { Case, Plan, Step, Way } from './case.ts';
import { Failure } from './failure.ts';
import { type Heard, Peer } from './peer.ts';
import { faultOfDeliveries } from './witness.ts';

/** How long a step waits that waits for nothing in particular, ms. */
const briefMs = 15;

/** Where cases are played. */
export interface Ground {
  readonly portOf: (way: Way) => number;
  /** Within which a sure answer and the end of a connection must come, ms. */
  readonly deadlineMs: number;
  /** Connections that were left open by the cases before, oldest first. */
  readonly staying: Peer[];
}

/** Most connections that stay open behind their cases: so many that a keep-alive of a second runs out. */
const mostStaying = 40;

/** One connection of a case while it is played. */
interface Played {
  readonly plan: Plan;
  readonly peer: Peer;
  held: Buffer[];
  /** The last packet is begun and not complete. */
  isPart: boolean;
  /** Bytes of a packet are being written: an answer would land between them. */
  isWithin: boolean;
  /** Heard meanwhile, and to be answered. */
  unanswered: Heard[];
}

/** Plays a case and ends its connections. @throws Failure `hang` or `answer` */
export async function play({ plans, steps }: Case, ground: Ground): Promise<void> {
  const played = new Map<number, Played>();
  try {
    for (const step of steps) {
      let on = played.get(step.on);
      if (on === undefined) {
        on = await open(plans[step.on]!, ground);
        played.set(step.on, on);
      }
      await take(step, on, ground);
    }
    for (const on of played.values()) await flush(on, 0);
    await endAll([...played.values()], ground);
    for (const [on, { plan, peer }] of played) {
      const fault = faultOfDeliveries(
        plan,
        steps.filter((step) => step.on === on),
        peer,
      );
      if (fault !== undefined) throw new Failure('answer', fault + lastWords(peer));
    }
  } catch (error) {
    for (const { peer } of played.values()) peer.reset();
    throw error;
  }
}

/** Ends connections and waits for the server's side. @throws Failure */
export async function end(peers: readonly Peer[], deadlineMs: number): Promise<void> {
  for (const peer of peers) {
    peer.hear();
    peer.end();
  }
  for (const peer of peers) {
    if (!(await peer.when(() => peer.isClosed, deadlineMs)))
      throw new Failure('hang', `a connection stays open ${deadlineMs} ms behind its end${lastWords(peer)}`);
    complain(peer);
  }
}

async function endAll(played: readonly Played[], { staying, deadlineMs }: Ground): Promise<void> {
  for (const { plan, peer } of played) if (plan.stays && !peer.isOver) staying.push(peer);
  const leaving = staying.splice(0, Math.max(0, staying.length - mostStaying));
  await end(
    [...leaving, ...played.filter(({ plan, peer }) => !plan.stays || peer.isOver).map(({ peer }) => peer)],
    deadlineMs,
  );
}

async function open(plan: Plan, { portOf }: Ground): Promise<Played> {
  const peer = await Peer.open(plan.way, portOf(plan.way));
  const on: Played = { plan, peer, held: [], isPart: false, isWithin: false, unanswered: [] };
  if (plan.answers) peer.onHeard = (heard) => (on.isWithin ? on.unanswered.push(heard) : answer(peer, heard));
  return on;
}

async function take(step: Step, on: Played, { deadlineMs }: Ground): Promise<void> {
  const { peer } = on;
  if (step.do === 'send') {
    on.held.push(step.bytes);
    on.isPart = step.isPart;
    if (!step.isHeld) await flush(on, step.piece);
    return;
  }
  await flush(on, 0);
  switch (step.do) {
    case 'await': {
      const before = peer.heard;
      await peer.when(() => peer.heard > before || peer.isOver, briefMs);
      return;
    }
    case 'greeted':
      return sure(peer, () => peer.isGreeted, 'its greeting', deadlineMs);
    case 'ponged':
      return sure(peer, () => peer.pongs >= step.count, `ping ${step.count}`, deadlineMs);
    case 'end':
      return peer.end();
    case 'reset':
      return peer.reset();
    case 'deaf':
      return peer.deaf();
    case 'hear':
      return peer.hear();
  }
}

async function sure(peer: Peer, answered: () => boolean, what: string, deadlineMs: number): Promise<void> {
  if (!(await peer.when(() => answered() || peer.isOver, deadlineMs)))
    throw new Failure('hang', `${what} is not answered within ${deadlineMs} ms${lastWords(peer)}`);
  complain(peer);
}

async function flush(on: Played, piece: number): Promise<void> {
  const bytes = Buffer.concat(on.held);
  on.held = [];
  on.isWithin = true;
  const size = piece > 0 ? piece : Math.max(1, bytes.length);
  for (let at = 0; at < bytes.length; at += size) {
    on.peer.write(bytes.subarray(at, at + size));
    await new Promise((resolve) => setImmediate(resolve));
  }
  on.isWithin = on.isPart;
  if (!on.isWithin) for (const heard of on.unanswered.splice(0)) answer(on.peer, heard);
}

function complain(peer: Peer): void {
  const [complaint] = peer.complaints;
  if (complaint !== undefined) throw new Failure('answer', complaint + lastWords(peer));
}

const lastWords = ({ way, lately }: Peer): string =>
  ` (${way}, which last heard ${JSON.stringify(lately.slice(-3)).slice(0, 600)})`;
