import {
  addressOfEndpoint,
  type IpPrefix,
  isInPrefix,
  parseIpPrefix,
  type ServiceClass,
} from '@tributary/protocol';
import { matchesGlob } from '../glob.ts';
import type { Identity } from '../identity.ts';
import { compileFilter, type Filter } from './filter.ts';
import { substituted, withoutPlaceholders } from './placeholders.ts';

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

/**
 * A rule made ready once for all devices. Without placeholders its filters are those of every device, taken apart already:
 * a thousand rules cost a device a thousand references, and not their filters.
 */
export interface ReadyRule {
  readonly rule: AclRule;
  readonly block: IpPrefix | undefined;
  /** Undefined: it has placeholders, and is another rule for each device. */
  readonly forAll: OwnRule | undefined;
}

export function readyRule(rule: AclRule): ReadyRule {
  const { effect, topics, who } = rule;
  const isForAll = topics.every((topic) => withoutPlaceholders(topic) === topic);
  return {
    rule,
    block: who?.address === undefined ? undefined : parseIpPrefix(who.address),
    forAll: isForAll ? { effect, filters: topics.map(compileFilter) } : undefined,
  };
}

/** The rules about an action of one device, in their order; those that cannot match any topic are left out. */
export function rulesFor(rules: readonly ReadyRule[], action: AclAction, subject: AclSubject): OwnRule[] {
  const own: OwnRule[] = [];
  for (const ready of rules) {
    const { action: about } = ready.rule;
    if ((about !== 'all' && about !== action) || !isMeant(ready, subject)) continue;
    const rule = ready.forAll ?? ruleFor(ready.rule, subject);
    if (rule.filters.length > 0) own.push(rule);
  }
  return own;
}

function ruleFor({ effect, topics }: AclRule, { clientId, identity: { user, claims } }: AclSubject): OwnRule {
  const filters = topics.flatMap((topic) => {
    const filter = substituted(topic, { clientId, user, claims });
    return filter === undefined ? [] : [compileFilter(filter)];
  });
  return { effect, filters };
}

function isMeant({ rule: { who }, block }: ReadyRule, subject: AclSubject): boolean {
  if (who === undefined) return true;
  const { clientId, identity } = subject;
  if (who.clientId !== undefined && !matchesGlob(who.clientId, clientId)) return false;
  if (who.user !== undefined && (identity.user === undefined || !matchesGlob(who.user, identity.user)))
    return false;
  if (who.authenticator !== undefined && who.authenticator !== identity.by) return false;
  if (who.class !== undefined && who.class !== subject.class) return false;
  if (who.listener !== undefined && who.listener !== subject.listener) return false;
  if (who.address !== undefined && !isFrom(block, subject.address)) return false;
  return Object.entries(who.claims ?? {}).every(([name, value]) => hasClaim(identity.claims, name, value));
}

function isFrom(block: IpPrefix | undefined, endpoint: string): boolean {
  const address = addressOfEndpoint(endpoint);
  return block !== undefined && address !== undefined && isInPrefix(address, block);
}

function hasClaim(claims: Readonly<Record<string, unknown>>, name: string, value: unknown): boolean {
  if (!Object.hasOwn(claims, name)) return false;
  const claim = claims[name];
  return claim === value || (Array.isArray(claim) && claim.includes(value));
}
