import type { Cause } from '@tributary/protocol/admin-api';

/** What takes points, for people. */
export const causeWords: Readonly<Record<Cause, string>> = {
  rtt: 'round trip',
  jitter: 'jitter',
  loss: 'loss',
  flaps: 'reconnects',
  errors: 'errors',
  stalls: 'stalls',
};
