import { covers, compileFilter, type Filter, intersectionOf, matchesBytes, matchesText } from './filter.ts';
import {
  type AclAction,
  type AclSubject,
  type OwnRule,
  type ReadyRule,
  readyRule,
  rulesFor,
} from './rule.ts';

export type { AclSubject } from './rule.ts';

/** What holds where no rule says anything: the device's own branch and nothing else, everything, or nothing. */
export type AclDefault = 'own-branch' | 'allow' | 'deny';

/** Where a device may always publish and subscribe under `own-branch`. */
export const ownBranch = 'devices/${clientId}/#';
const ownBranchRule = readyRule({ effect: 'allow', action: 'all', topics: [ownBranch] });

/** Answers about so many topics are remembered: what most devices publish to in turn. */
const rememberedTopics = 4;
/** A longer topic is judged anew each time, bytes. */
const rememberedBytes = 128;

/** Denials an allowance is compared with; where there are more, a filter may be granted that brings nothing. */
const comparedDenials = 64;

/** A topic that was published to, and the answer. Its bytes are written anew for the next one. */
interface Remembered {
  readonly bytes: Buffer;
  length: number;
  isAllowed: boolean;
}

/**
 * What one device may publish and have. Made of the rules at the first question, so that a device which is silent costs
 * nothing; remembers its answers about the last topics.
 */
export class SessionAcl {
  readonly #rules: readonly ReadyRule[];
  readonly #default: AclDefault;
  readonly #subject: AclSubject;
  #toPublish: readonly OwnRule[] | undefined;
  #toSubscribe: readonly OwnRule[] | undefined;
  readonly #remembered: Remembered[] = [];
  /** Of those: the one that is forgotten next. */
  #oldest = 0;
  #received: string | undefined;
  #mayReceive = false;

  constructor(rules: readonly ReadyRule[], otherwise: AclDefault, subject: AclSubject) {
    this.#rules = rules;
    this.#default = otherwise;
    this.#subject = subject;
  }

  /** Whether it may publish to the topic that stands in bytes `start` to `end`. */
  mayPublish(topic: Uint8Array, start = 0, end = topic.length): boolean {
    const length = end - start;
    for (const one of this.#remembered) {
      if (one.length === length && isSame(one.bytes, topic, start, length)) return one.isAllowed;
    }
    this.#toPublish ??= this.#rulesFor('publish');
    const isAllowed = this.#decidePublish(this.#toPublish, topic, start, end);
    if (length <= rememberedBytes) this.#remember(topic, start, length, isAllowed);
    return isAllowed;
  }

  /** Whether messages of the topic may be delivered to it, whatever it subscribed to. */
  mayReceive(topic: string): boolean {
    if (topic === this.#received) return this.#mayReceive;
    this.#toSubscribe ??= this.#rulesFor('subscribe');
    this.#mayReceive = this.#decideReceive(this.#toSubscribe, topic);
    this.#received = topic;
    return this.#mayReceive;
  }

  /**
   * Whether a filter asks for anything it may have: then it is granted, and what it must not have is left out of what is
   * delivered. @param filter without `$share/GROUP/`
   */
  maySubscribe(filter: string): boolean {
    const asked = compileFilter(filter);
    this.#toSubscribe ??= this.#rulesFor('subscribe');
    const denied: Filter[] = [];
    for (const { effect, filters } of this.#toSubscribe) {
      for (const filter of filters) {
        const shared = intersectionOf(filter, asked);
        if (shared === undefined || denied.some((one) => covers(one, shared))) continue;
        if (effect === 'allow') return true;
        if (covers(filter, asked)) return false;
        if (denied.length < comparedDenials) denied.push(filter);
      }
    }
    return this.#default === 'allow';
  }

  #rulesFor(action: AclAction): readonly OwnRule[] {
    const own = rulesFor(this.#rules, action, this.#subject);
    return this.#default === 'own-branch'
      ? [...own, ...rulesFor([ownBranchRule], action, this.#subject)]
      : own;
  }

  // Written twice: a closure for each message would cost more than the question.
  #decidePublish(rules: readonly OwnRule[], topic: Uint8Array, start: number, end: number): boolean {
    for (const { effect, filters } of rules) {
      for (const filter of filters) if (matchesBytes(filter, topic, start, end)) return effect === 'allow';
    }
    return this.#default === 'allow';
  }

  #decideReceive(rules: readonly OwnRule[], topic: string): boolean {
    for (const { effect, filters } of rules) {
      for (const filter of filters) if (matchesText(filter, topic)) return effect === 'allow';
    }
    return this.#default === 'allow';
  }

  #remember(topic: Uint8Array, start: number, length: number, isAllowed: boolean): void {
    let one = this.#remembered[this.#oldest];
    if (one === undefined) {
      one = { bytes: Buffer.allocUnsafe(rememberedBytes), length, isAllowed };
      this.#remembered.push(one);
    }
    this.#oldest = (this.#oldest + 1) % rememberedTopics;
    for (let i = 0; i < length; i++) one.bytes[i] = topic[start + i]!;
    one.length = length;
    one.isAllowed = isAllowed;
  }
}

/** From the end: topics of one device begin alike. */
function isSame(bytes: Uint8Array, topic: Uint8Array, start: number, length: number): boolean {
  for (let i = length - 1; i >= 0; i--) if (bytes[i] !== topic[start + i]) return false;
  return true;
}
