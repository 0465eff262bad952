import type { ThrottleNote, ThrottleReason, ThrottleScope } from '../throttle-note.ts';

/** What a source can have too much of. */
export type SourceReason = Extract<
  ThrottleReason,
  'connection-rate' | 'connections' | 'unauthenticated' | 'tls-handshakes'
>;
export type SourceScope = Extract<ThrottleScope, 'address' | 'prefix' | 'node'>;

const keys = {
  'connection-rate': 'rate',
  'connections': 'connections',
  'unauthenticated': 'unauthenticated',
  'tls-handshakes': 'tlsHandshakes',
} as const satisfies Record<SourceReason, string>;

const made = new Map<string, ThrottleNote>();

/** The note of a limit; made once, because a flood asks for the same one again and again. */
export function sourceNote(scope: SourceScope, reason: SourceReason, isObserved: boolean): ThrottleNote {
  const name = `${scope} ${reason} ${isObserved}`;
  let note = made.get(name);
  if (note === undefined) {
    note = { scope, reason, rule: `sources.${scope}.${keys[reason]}`, action: 'refuse', isObserved };
    made.set(name, note);
  }
  return note;
}
