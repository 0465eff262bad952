import { crc32 } from '@tributary/protocol';
import type { Route, SharedGroup } from './routes.ts';

/** How one member of a shared subscription is chosen for a message (MQTT 5 section 4.8.2 leaves it to the server). */
export type SharedStrategy = 'round-robin' | 'least-inflight' | 'sticky';

/** What the choice needs to know of members. */
export interface Members {
  isOnline(clientId: string): boolean;
  /** Messages sent to it and not acknowledged, and those that wait for that. */
  inflight(clientId: string): number;
}

/**
 * Chooses who gets a message: a member that is connected here if there is one, else one whose session keeps it.
 * @param publisher client id the message came from; `sticky` gives all of its messages to the same member
 * @param except a member that has just gone away
 */
export function chooseMember(
  group: SharedGroup,
  strategy: SharedStrategy,
  publisher: string,
  members: Members,
  except?: string,
): Route | undefined {
  const others =
    except === undefined ? group.members : group.members.filter(({ clientId }) => clientId !== except);
  const online = others.filter(({ clientId }) => members.isOnline(clientId));
  // An ordinary session that is not here cannot be reached at all.
  const able = online.length > 0 ? online : others.filter(({ isPersistent }) => isPersistent);
  if (able.length < 2) return able[0];
  switch (strategy) {
    case 'round-robin':
      return able[group.next++ % able.length];
    case 'least-inflight':
      return leastInflight(able, group.next++, members);
    case 'sticky':
      return highestWeight(able, publisher);
  }
}

/** The one with the least on its way; among equals the next in turn. */
function leastInflight(able: readonly Route[], turn: number, members: Members): Route {
  let best = able[turn % able.length]!;
  let least = members.inflight(best.clientId);
  for (let i = 1; i < able.length && least > 0; i++) {
    const route = able[(turn + i) % able.length]!;
    const inflight = members.inflight(route.clientId);
    if (inflight < least) {
      best = route;
      least = inflight;
    }
  }
  return best;
}

/** Rendezvous hashing (Thaler and Ravishankar 1998): when a member comes or goes only its own publishers move. */
function highestWeight(able: readonly Route[], publisher: string): Route {
  const from = crc32(Buffer.from(publisher));
  let best = able[0]!;
  let highest = -1;
  for (const route of able) {
    const weight = mixed(from ^ Math.imul(crc32(Buffer.from(route.clientId)), 0x9e37_79b1));
    if (weight > highest) {
      best = route;
      highest = weight;
    }
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
