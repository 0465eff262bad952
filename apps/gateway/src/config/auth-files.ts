import { readFileSync } from 'node:fs';
import { parseUsersFile, type ConfigProblem, type DeepReadonly } from '@tributary/runtime';
import { publicKeys, secretKeys } from '../auth/jwt/token-keys.ts';
import type { AuthConfig, AuthEntry } from './auth.ts';

type Check = readonly [key: string, file: string | undefined, read: (bytes: Buffer) => unknown];

/** The files the chain of authenticators names that cannot be read or say nothing usable, so that a start fails early. */
export function authFileProblems({ auth }: { readonly auth: DeepReadonly<AuthConfig> }): ConfigProblem[] {
  return auth.chain.flatMap((entry, index) =>
    checksOf(entry).flatMap(([key, file, read]) => {
      const reason = file === undefined ? undefined : whyUnusable(file, read);
      if (reason === undefined) return [];
      const path = `auth.chain[${index}].${key}`;
      return [{ path, message: `${path} must be a file this process may read and understand (${reason})` }];
    }),
  );
}

function checksOf(entry: DeepReadonly<AuthEntry>): readonly Check[] {
  switch (entry.type) {
    case 'users':
      return [['file', entry.file, (bytes) => parseUsersFile(bytes.toString('utf8'))]];
    case 'jwt':
      return [
        ['secretFile', entry.secretFile, secretKeys],
        ['keyFile', entry.keyFile, publicKeys],
        ['caFile', entry.caFile, () => undefined],
      ];
    case 'webhook':
      return [['caFile', entry.caFile, () => undefined]];
    case 'certificate':
    case 'devices':
      return [];
  }
}

function whyUnusable(file: string, read: (bytes: Buffer) => unknown): string | undefined {
  try {
    read(readFileSync(file));
    return undefined;
  } catch (cause) {
    return (cause as Error).message;
  }
}
