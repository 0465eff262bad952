import { addressOfEndpoint, isInPrefix, parseIpPrefix, type ServiceClass } from '@tributary/protocol';
import { matchesGlob } from '../glob.ts';
import type { Identity } from '../identity.ts';
import { compileFilter, type Filter } from './filter.ts';
import { type Named, substituted } from './placeholders.ts';

export type AclAction = 'publish' | 'subscribe';

/** Whom a rule is about: all that is said has to hold. Nothing said: everybody. */
export interface Who {
  /** Client id; `*` stands for any characters. */
  readonly clientId?: string | undefined;
  /** User of the identity; `*` stands for any characters. A device without one is not meant. */
  readonly user?: string | undefined;
  /** Name of the authenticator that vouches for it; `anonymous` where none does. */
  readonly authenticator?: string | undefined;
  readonly class?: ServiceClass | undefined;
  readonly listener?: string | undefined;
  /** `ADDRESS/LENGTH`. */
  readonly address?: string | undefined;
  /** Claims that have these values, or are lists that hold them. */
  readonly claims?: Readonly<Record<string, string | number | boolean>> | undefined;
}

export interface AclRule {
  readonly effect: 'allow' | 'deny';
  readonly action: AclAction | 'all';
  /** Topic filters, with placeholders. */
  readonly topics: readonly string[];
  readonly who?: Who | undefined;
}

/** A device, as the rules see it. */
export interface AclSubject {
  readonly clientId: string;
  readonly identity: Identity;
  /** As it came in. */
  readonly class: ServiceClass;
  readonly listener: string;
  /** `address:port`. */
  readonly address: string;
}

/** A rule as it stands for one device: its filters taken apart. */
export interface OwnRule {
  readonly effect: 'allow' | 'deny';
  readonly filters: readonly Filter[];
}

/** The rules about an action of one device, in their order; those that cannot match any topic are left out. */
export function rulesFor(rules: readonly AclRule[], action: AclAction, subject: AclSubject): OwnRule[] {
  const { user, claims } = subject.identity;
  const named = { clientId: subject.clientId, user, claims };
  const own: OwnRule[] = [];
  for (const { effect, action: about, topics, who } of rules) {
    if ((about !== 'all' && about !== action) || !isMeant(who, subject)) continue;
    const filters = filtersFor(topics, named);
    if (filters.length > 0) own.push({ effect, filters });
  }
  return own;
}

function filtersFor(topics: readonly string[], named: Named): Filter[] {
  return topics.flatMap((topic) => {
    const filter = substituted(topic, named);
    return filter === undefined ? [] : [compileFilter(filter)];
  });
}

function isMeant(who: Who | undefined, subject: AclSubject): boolean {
  if (who === undefined) return true;
  const { clientId, identity } = subject;
  if (who.clientId !== undefined && !matchesGlob(who.clientId, clientId)) return false;
  if (who.user !== undefined && (identity.user === undefined || !matchesGlob(who.user, identity.user)))
    return false;
  if (who.authenticator !== undefined && who.authenticator !== identity.by) return false;
  if (who.class !== undefined && who.class !== subject.class) return false;
  if (who.listener !== undefined && who.listener !== subject.listener) return false;
  if (who.address !== undefined && !isFrom(who.address, subject.address)) return false;
  return Object.entries(who.claims ?? {}).every(([name, value]) => hasClaim(identity.claims, name, value));
}

function isFrom(prefix: string, endpoint: string): boolean {
  const [block, address] = [parseIpPrefix(prefix), addressOfEndpoint(endpoint)];
  return block !== undefined && address !== undefined && isInPrefix(address, block);
}

function hasClaim(claims: Readonly<Record<string, unknown>>, name: string, value: unknown): boolean {
  if (!Object.hasOwn(claims, name)) return false;
  const claim = claims[name];
  return claim === value || (Array.isArray(claim) && claim.includes(value));
}
