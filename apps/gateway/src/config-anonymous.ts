import { BlockList, isIP } from 'node:net';
import type { DeepReadonly } from '@tributary/runtime';
import { z } from 'zod';
import { entryFacts, type BrokenRule } from './config-cross-check.ts';

/** What decides who may connect without authentication. */
export const anonymousFacts = z.object({
  auth: z.object({ anonymous: z.boolean(), anonymousPublic: z.boolean() }),
  listeners: entryFacts({ host: z.string() }),
});
type Facts = DeepReadonly<z.output<typeof anonymousFacts>>;

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether an address to listen on can be reached from this host alone. Of names only `localhost` is believed. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return host.toLowerCase() === 'localhost';
  return loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/** Refuses listeners that let anyone on a network act as any device, unless that was asked for in so many words. */
export function anonymousRules({ auth, listeners }: Facts): BrokenRule[] {
  if (!auth.anonymous || auth.anonymousPublic) return [];
  const message =
    'must be a loopback address such as 127.0.0.1 while devices are accepted without authentication (auth.anonymous); ' +
    'auth.anonymousPublic: true accepts anyone who reaches the port';
  return listeners.flatMap((listener, index) =>
    listener === null || isLoopback(listener.host) ? [] : [{ path: ['listeners', index, 'host'], message }],
  );
}

/** What an operator should know about who may connect, for the log at start. */
export function anonymousNotice({ auth, listeners }: Facts): string | undefined {
  if (!auth.anonymous) return undefined;
  const open = listeners.filter((listener) => listener !== null && !isLoopback(listener.host)).length;
  return open === 0
    ? 'no authenticator: devices are accepted without authentication, on loopback addresses only'
    : 'no authenticator, and auth.anonymousPublic is true: anyone who reaches a listener may act as any device';
}
