import { BlockList, isIP } from 'node:net';
import type { DeepReadonly } from '@tributary/runtime';
import { z } from 'zod';
import { entryFacts, type BrokenRule } from './cross-check.ts';

/** What decides who may connect without authentication. */
export const anonymousFacts = z.object({
  auth: z.object({
    anonymous: z.boolean().optional(),
    anonymousPublic: z.boolean(),
    chain: entryFacts({ type: z.string(), name: z.string().optional() }),
  }),
  listeners: entryFacts({ host: z.string(), auth: z.array(z.string()).optional() }),
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

/**
 * Refuses listeners that let anyone on a network act as any device, unless that was asked for in so many words, and a chain
 * nobody could pass.
 */
export function anonymousRules(facts: Facts): BrokenRule[] {
  return [...publicListeners(facts), ...chainRules(facts), ...unknownNames(facts)];
}

function publicListeners({ auth, listeners }: Facts): BrokenRule[] {
  if (auth.anonymousPublic) return [];
  const message =
    'must be a loopback address such as 127.0.0.1 while devices are accepted without authentication (auth.anonymous); ' +
    'auth.anonymousPublic: true accepts anyone who reaches the port';
  return listeners.flatMap((listener, index) =>
    listener === null || isLoopback(listener.host) || !letsAnyoneIn(auth, listener)
      ? []
      : [{ path: ['listeners', index, 'host'], message }],
  );
}

function chainRules({ auth: { anonymous, chain } }: Facts): BrokenRule[] {
  const names = chain.map((entry) => (entry === null ? undefined : (entry.name ?? entry.type)));
  const twice = names.flatMap((name, index) => {
    if (name === undefined || names.indexOf(name) === index) return [];
    const message = `must differ from the name of auth.chain[${names.indexOf(name)}], which is ${name} too`;
    return [{ path: ['auth', 'chain', index, 'name'], message }];
  });
  if (anonymous !== false || chain.length > 0) return twice;
  return [
    { path: ['auth', 'chain'], message: 'is empty, and auth.anonymous is false: no device could connect' },
  ];
}

function unknownNames({ auth: { chain }, listeners }: Facts): BrokenRule[] {
  const names = new Set(['anonymous', ...chain.flatMap((entry) => entry?.name ?? entry?.type ?? [])]);
  return listeners.flatMap((listener, index) => {
    const unknown = listener?.auth?.filter((name) => !names.has(name)) ?? [];
    if (unknown.length === 0) return [];
    const message = `names ${unknown.join(', ')}, which is not in auth.chain`;
    return [{ path: ['listeners', index, 'auth'], message }];
  });
}

function letsAnyoneIn(
  auth: Facts['auth'],
  listener: { readonly auth?: readonly string[] | undefined },
): boolean {
  return listener.auth?.includes('anonymous') ?? auth.anonymous ?? auth.chain.length === 0;
}

/** What an operator should know about who may connect, for the log at start. */
export function anonymousNotice({ auth, listeners }: Facts): string | undefined {
  const open = listeners.filter((listener) => listener !== null && letsAnyoneIn(auth, listener));
  if (open.length === 0) return undefined;
  const isPublic = open.some((listener) => listener !== null && !isLoopback(listener.host));
  const what = auth.chain.length === 0 ? 'no authenticator' : 'auth.anonymous is true';
  return isPublic
    ? `${what}, and auth.anonymousPublic is true: anyone who reaches a listener may act as any device`
    : `${what}: devices are accepted without authentication, on loopback addresses only`;
}
