import type { DeviceCredential } from '@tributary/backplane';
import type { DeepReadonly, Logger } from '@tributary/runtime';
import { type AuthConfig, type AuthEntry, nameOf } from '../config/auth.ts';
import type { AuthPlan } from './auth.ts';
import type { Authenticator } from './authenticator.ts';
import { CertificateAuthenticator } from './certificate/certificate-authenticator.ts';
import { DeviceAuthenticator } from './devices/device-authenticator.ts';
import { FetchedKeys } from './jwt/fetched-keys.ts';
import { FileKeys } from './jwt/file-keys.ts';
import { JwtAuthenticator } from './jwt/jwt-authenticator.ts';
import type { KeySource } from './jwt/key-source.ts';
import { publicKeys, secretKeys } from './jwt/token-keys.ts';
import { UsersAuthenticator } from './users/users-authenticator.ts';
import { WebhookAuthenticator } from './webhook/webhook-authenticator.ts';

/** What authenticators need of the node. */
export interface AuthTools {
  readonly logger: Logger;
  /** Unix ms */
  readonly now: () => number;
  /** ms */
  readonly monotonic: () => number;
  readonly readCredential: (device: string) => Promise<DeviceCredential | undefined>;
  /** An authenticator knows others than before: whoever it let in is looked at again. */
  readonly onChanged: () => void;
}

/** What decides how devices show who they are. */
export interface AuthSlice {
  readonly auth: DeepReadonly<AuthConfig>;
  readonly listeners: readonly { readonly name: string; readonly auth?: readonly string[] | undefined }[];
}

type Entry<T extends AuthEntry['type']> = Extract<DeepReadonly<AuthEntry>, { type: T }>;

/** The plan a configuration makes. */
export function planOf({ auth, listeners }: AuthSlice, tools: AuthTools): AuthPlan {
  return {
    chain: auth.chain.map((entry) => ({
      options: JSON.stringify(entry),
      make: () => authenticatorOf(entry, tools),
    })),
    acceptsAnonymous: auth.anonymous ?? auth.chain.length === 0,
    binding: auth.binding,
    byListener: new Map(
      listeners.flatMap((each) => (each.auth === undefined ? [] : [[each.name, each.auth]])),
    ),
  };
}

function authenticatorOf(entry: DeepReadonly<AuthEntry>, tools: AuthTools): Authenticator {
  const name = nameOf(entry);
  switch (entry.type) {
    case 'users':
      return new UsersAuthenticator({ ...entry, ...tools, name });
    case 'jwt':
      return new JwtAuthenticator({ ...entry, name, now: tools.now, source: keySourceOf(entry, tools) });
    case 'certificate':
      return new CertificateAuthenticator({ ...entry, name });
    case 'devices':
      return new DeviceAuthenticator({
        ...{ name, maxRunning: entry.maxAsking, maxWaiting: entry.maxWaiting },
        read: tools.readCredential,
      });
    case 'webhook':
      return new WebhookAuthenticator({ ...entry, ...tools, name });
  }
}

function keySourceOf(entry: Entry<'jwt'>, { logger, monotonic }: AuthTools): KeySource {
  const { secretFile, keyFile, jwksUrl = '', caFile, jwksCacheSeconds, jwksCooldownSeconds, breaker } = entry;
  if (secretFile !== undefined) return new FileKeys(secretFile, secretKeys, logger);
  if (keyFile !== undefined) return new FileKeys(keyFile, publicKeys, logger);
  const [cacheSeconds, cooldownSeconds] = [jwksCacheSeconds, jwksCooldownSeconds];
  return new FetchedKeys({ url: jwksUrl, caFile, cacheSeconds, cooldownSeconds, breaker, logger, monotonic });
}
