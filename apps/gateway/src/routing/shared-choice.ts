import { crc32 } from '@tributary/protocol';
import type { Route, SharedGroup } from './routes.ts';

/** How one member of a shared subscription is chosen for a message (MQTT 5 section 4.8.2 leaves it to the server). */
export type SharedStrategy = 'round-robin' | 'least-inflight' | 'sticky';

/** What the choice needs to know of members. */
export interface Members {
  /** Whether it is connected here, and may have messages of the topic. */
  isReady(clientId: string, topic: string): boolean;
  /** Whether it may have them as far as this node knows: of a member that is not connected here it does not. */
  mayHave(clientId: string, topic: string): boolean;
  /** Messages sent to it and not acknowledged, and those that wait for that. */
  inflight(clientId: string): number;
}

/** What the choice looks at of a message: the client id it came from, and its topic. */
export interface Sent {
  readonly from: string;
  readonly topic: string;
}

/**
 * Chooses who gets a message: a member that is connected here if there is one, else one whose session keeps it.
 * @param message `sticky` gives all messages of a publisher to the same member
 * @param except a member that has just gone away
 */
export function chooseMember(
  group: SharedGroup,
  strategy: SharedStrategy,
  message: Sent,
  members: Members,
  except?: string,
): Route | undefined {
  const { topic } = message;
  if (strategy === 'sticky') return highestWeight(group.members, message, members, except);
  const first = nextInTurn(group, except, ({ clientId }) => members.isReady(clientId, topic));
  if (first === undefined)
    return nextInTurn(group, except, (route) => route.isPersistent && members.mayHave(route.clientId, topic));
  return strategy === 'round-robin' ? first : leastInflight(group, first, topic, members, except);
}

/** The next in turn that is able. */
function nextInTurn(
  group: SharedGroup,
  except: string | undefined,
  isAble: (route: Route) => boolean,
): Route | undefined {
  const { members } = group;
  for (let n = 0; n < members.length; n++) {
    const route = members[group.next++ % members.length]!;
    if (route.clientId !== except && isAble(route)) return route;
  }
  return undefined;
}

/** Members looked at for the one with the least on its way: enough to spread, whatever the size of the group. */
const lookedAt = 64;

/** The one with the least on its way, of those next in turn; among equals the first of them. */
function leastInflight(
  group: SharedGroup,
  first: Route,
  topic: string,
  members: Members,
  except: string | undefined,
): Route {
  const { members: all } = group;
  let best = first;
  let least = members.inflight(best.clientId);
  const count = Math.min(all.length, lookedAt);
  for (let n = 0; n < count && least > 0; n++) {
    const route = all[(group.next + n) % all.length]!;
    if (route.clientId === except || !members.isReady(route.clientId, topic)) continue;
    const inflight = members.inflight(route.clientId);
    if (inflight >= least) continue;
    best = route;
    least = inflight;
  }
  return best;
}

/** CRC-32 of a member's client id. */
const seeds = new WeakMap<Route, number>();

function seedOf(route: Route): number {
  let seed = seeds.get(route);
  if (seed === undefined) seeds.set(route, (seed = crc32(Buffer.from(route.clientId))));
  return seed;
}

/**
 * Rendezvous hashing (Thaler and Ravishankar 1998): when a member comes or goes only its own publishers move. Those that are
 * connected go before those whose session keeps it.
 */
function highestWeight(
  all: readonly Route[],
  { from: publisher, topic }: Sent,
  members: Members,
  except: string | undefined,
): Route | undefined {
  const from = crc32(Buffer.from(publisher));
  let best: Route | undefined;
  let highest = -1;
  for (const route of all) {
    const weight = mixed(from ^ Math.imul(seedOf(route), 0x9e37_79b1));
    if (weight <= highest - 2 ** 32 || route.clientId === except) continue;
    const isReady = members.isReady(route.clientId, topic);
    if (!isReady && !(route.isPersistent && members.mayHave(route.clientId, topic))) continue;
    const rank = isReady ? weight + 2 ** 32 : weight;
    if (rank <= highest) continue;
    best = route;
    highest = rank;
  }
  return best;
}

/** The finalizer of MurmurHash3 (Appleby): CRCs alone differ by the same bits whoever publishes. */
function mixed(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85eb_ca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
