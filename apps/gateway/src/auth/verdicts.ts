import type { CloseReason } from '@tributary/protocol';
import { anonymous, type Identity } from '../admission/identity.ts';
import type { Decision, Verdict } from './authenticator.ts';

/** None of this authenticator's: the next one is asked. */
export const pass: Verdict = { kind: 'pass' };

/** @param detail for the log; never anything the device sent */
export function refused(reason: CloseReason, detail: string): Decision {
  return { kind: 'refused', reason, detail };
}

export function accepted(by: string, facts: Partial<Omit<Identity, 'by'>>): Decision {
  return { kind: 'accepted', identity: { ...anonymous, ...facts, by } };
}
