import type { KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';

/** Unix s of the tests' clock. */
export const tokenNow = 1_700_000_000;

/** A token of the tests; valid for a minute unless the claims say else. */
export function token(
  key: KeyObject,
  algorithm: string,
  claims: Readonly<Record<string, unknown>> = {},
  kid?: string,
): Promise<string> {
  return new SignJWT({ sub: 'pump-1', exp: tokenNow + 60, ...claims })
    .setProtectedHeader({ alg: algorithm, ...(kid === undefined ? {} : { kid }) })
    .sign(key);
}

/** A token put together by hand, with any header and signature. */
export function forged(header: object | string, claims: object | string, signature = 'AAAA'): string {
  const part = (value: object | string): string =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(claims)}.${signature}`;
}
