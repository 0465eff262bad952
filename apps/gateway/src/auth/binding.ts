import type { Identity } from '../admission/identity.ts';
import type { Binding } from '../config/auth-words.ts';

/** What parts user and rest of a client id under `prefix`. No user of a users file has one in its name. */
export const bindingSeparator = ':';

/**
 * Whether the device may use this client id. An id its authenticator names is the only one it may use, whatever the rule;
 * under `equal` and `prefix` somebody without a user may use none.
 */
export function mayUse(clientId: string, { clientId: own, user }: Identity, binding: Binding): boolean {
  if (own !== undefined) return clientId === own;
  if (binding === 'none') return true;
  if (user === undefined) return false;
  return clientId === user || (binding === 'prefix' && clientId.startsWith(`${user}${bindingSeparator}`));
}

/** The client id a device gets that asked for one: its own, where it has one. */
export function ownClientId({ clientId, user }: Identity, binding: Binding): string | undefined {
  return clientId ?? (binding === 'none' ? undefined : user);
}

/** Whether somebody vouches for the client id, and not just for its user. */
export function vouchesForId({ by, clientId }: Identity, binding: Binding): boolean {
  return by !== 'anonymous' && (clientId !== undefined || binding !== 'none');
}
