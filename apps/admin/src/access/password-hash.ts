import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** What one hash costs: 128 · N · r bytes of memory, and time in proportion to N · r · p. */
export interface ScryptCost {
  /** A power of two. */
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/**
 * 32 MiB and about 0.2 s of one core per attempt: one of the equivalent settings of the OWASP Password Storage Cheat
 * Sheet for scrypt. The variant with less memory is chosen because the admin may share a small machine with a gateway.
 */
export const defaultCost: ScryptCost = { N: 2 ** 15, r: 8, p: 3 };

const saltBytes = 16;
const hashBytes = 32;
/** A record that asks for more was not written by us; running it would be an attack on this process. */
const maxMemoryBytes = 256 * 1024 * 1024;

/** A password as it is stored, with all that is needed to check one against it. */
export const passwordHashSchema = z
  .object({
    kind: z.literal('scrypt'),
    N: z.int().min(2),
    r: z.int().min(1).max(64),
    p: z.int().min(1).max(64),
    /** Base64. */
    salt: z.string().max(128),
    /** Base64. */
    hash: z.string().max(256),
  })
  .refine(({ N, r }) => 128 * N * r < maxMemoryBytes && Number.isInteger(Math.log2(N)));
export type PasswordHash = z.infer<typeof passwordHashSchema>;

/** Hashes a password with a new salt. Runs in a thread of libuv's pool. */
export async function hashPassword(password: string, cost: ScryptCost): Promise<PasswordHash> {
  const salt = randomBytes(saltBytes);
  const hash = await derive(password, salt, hashBytes, cost);
  const { N, r, p } = cost;
  return { kind: 'scrypt', N, r, p, salt: salt.toString('base64'), hash: hash.toString('base64') };
}

/** Whether the password is the one that was hashed. Takes as long for a wrong one as for the right one. */
export async function matchesHash(password: string, stored: PasswordHash): Promise<boolean> {
  const expected = Buffer.from(stored.hash, 'base64');
  const actual = await derive(password, Buffer.from(stored.salt, 'base64'), expected.length, stored);
  return expected.length > 0 && timingSafeEqual(actual, expected);
}

/** The same characters typed on another keyboard may arrive as other code points: NFKC, as NIST SP 800-63B advises. */
function derive(password: string, salt: Buffer, bytes: number, { N, r, p }: ScryptCost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, bytes, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
