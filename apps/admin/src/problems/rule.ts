import type { Alarm, AlarmKind } from '@tributary/protocol/admin-api';
import type { Facts } from './facts.ts';

/** Something a rule found true of the fleet now. */
export interface Finding {
  /** The node, device, group or stream it is about: with the rule's kind it names the alarm. */
  subject: string;
  severity: Alarm['severity'];
  /** One sentence. It should not change from second to second. */
  text: string;
  /** Page that shows the cause. */
  link: string;
  /** `keep`: too little to raise an alarm, too much to close one. */
  level: 'raise' | 'keep';
}

/** One kind of trouble. Pure: what it looks at is in the facts, how patient it is stands beside it. */
export interface AlarmRule {
  readonly kind: AlarmKind;
  /** Evaluations in a row (each 2 s) that must find it, or not find it. */
  readonly raiseAfter: number;
  readonly closeAfter: number;
  /** A kind this one is the later stage of: the same subject has one alarm, not two. */
  readonly follows?: AlarmKind;
  /** At most `maxFindings` of them count, so the worst should come first. */
  find(facts: Facts): readonly Finding[];
}

/** Alarms of one kind at a time: a list of a thousand tells no more. */
export const maxFindings = 20;

/** `raise` from one figure on, `keep` from a lower one on; undefined below both. */
export function levelOf(value: number, raiseFrom: number, keepFrom: number): Finding['level'] | undefined {
  if (value >= raiseFrom) return 'raise';
  return value >= keepFrom ? 'keep' : undefined;
}
