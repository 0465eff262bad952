import { parseByteRate, parseByteSize, parseRate } from '../rate.ts';
import type { ThrottleReason, ThrottleScope } from '../throttle-note.ts';

/** A rate and what may come at once beyond it, as operators write them. */
export interface RateText {
  readonly rate: string;
  /** Unset: what the rate allows in a second, at least one. */
  readonly burst?: number | string | undefined;
}

/** What one subject may send: a device, a user, all devices of a class, of a listener, of the node. */
export interface SendingLimits {
  readonly mode: 'enforce' | 'observe' | 'off';
  readonly messages?: RateText | undefined;
  readonly bytes?: RateText | undefined;
}

/** One limit in force. */
export interface RateLimit {
  readonly scope: ThrottleScope;
  readonly reason: Extract<ThrottleReason, 'message-rate' | 'byte-rate' | 'replay-rate'>;
  /** Path in the configuration. */
  readonly rule: string;
  /** Bytes are counted, not messages. */
  readonly isOfBytes: boolean;
  /** It only watches. */
  readonly isObserved: boolean;
  readonly perSecond: number;
  readonly burst: number;
  /** As it was written: `50/s, burst 100`. */
  readonly text: string;
}

/** The limits that `limits`, written at `path`, puts on each subject of `scope`: none to two. */
export function sendingLimits(scope: ThrottleScope, path: string, limits: SendingLimits): RateLimit[] {
  const { mode, messages, bytes } = limits;
  if (mode === 'off') return [];
  const isObserved = mode === 'observe';
  const found: RateLimit[] = [];
  if (messages !== undefined)
    found.push(limitOf({ scope, reason: 'message-rate', rule: `${path}.messages`, isObserved }, messages));
  if (bytes !== undefined)
    found.push(limitOf({ scope, reason: 'byte-rate', rule: `${path}.bytes`, isObserved }, bytes));
  return found;
}

type LimitName = Pick<RateLimit, 'scope' | 'reason' | 'rule' | 'isObserved'>;

/** One limit, by what it is called and what was written; the text was checked before. */
export function limitOf(name: LimitName, { rate, burst }: RateText): RateLimit {
  const isOfBytes = name.reason === 'byte-rate';
  const perSecond = (isOfBytes ? parseByteRate(rate) : parseRate(rate))!;
  const atOnce = typeof burst === 'string' ? parseByteSize(burst)! : burst;
  const text = burst === undefined ? rate : `${rate}, burst ${burst}`;
  return { ...name, isOfBytes, perSecond, burst: atOnce ?? Math.max(1, perSecond), text };
}
