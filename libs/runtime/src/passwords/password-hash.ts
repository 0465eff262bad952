import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** What one hash costs: 128 · 2^ln · r bytes of memory, and time in proportion to 2^ln · r · p. */
export interface HashCost {
  /** Binary logarithm of N. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** A password as it is stored, with all that is needed to check one against it. */
export interface HashedPassword extends HashCost {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/**
 * 16 MiB and about 0.2 s of one core: one of the equivalent settings of the OWASP Password Storage Cheat Sheet for scrypt,
 * the one that takes least memory, because a gateway checks many at a time.
 */
export const defaultHashCost: HashCost = { ln: 14, r: 8, p: 5 };

const saltBytes = 16;
const hashBytes = 32;
/** A line that asks for more was not written by us; running it would be an attack on this process. */
const maxMemoryBytes = 64 * 1024 * 1024;
const maxWork = 2 ** 22;

/** Hashes a password with a new salt, in a thread of libuv's pool. @throws RangeError when the cost is out of bounds */
export async function hashPassword(
  password: string | Buffer,
  cost: HashCost = defaultHashCost,
): Promise<string> {
  if (!isWithinBounds(cost)) throw new RangeError('a hash of this cost is not allowed');
  const salt = randomBytes(saltBytes);
  return formatHash({ ...cost, salt, hash: await derive(password, salt, hashBytes, cost) });
}

/** Whether the password is the one that was hashed. Takes as long for a wrong one as for the right one. */
export async function matchesPassword(password: string | Buffer, stored: HashedPassword): Promise<boolean> {
  return timingSafeEqual(await derive(password, stored.salt, stored.hash.length, stored), stored.hash);
}

/** `$scrypt$ln=14,r=8,p=5$SALT$HASH`, base64 without padding (the PHC string format). */
export function formatHash({ ln, r, p, salt, hash }: HashedPassword): string {
  return `$scrypt$ln=${ln},r=${r},p=${p}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** Reads what `formatHash` writes; undefined for anything else, and for costs no honest writer asks for. */
export function parseHash(text: string): HashedPassword | undefined {
  const found =
    /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/.exec(
      text,
    );
  if (found === null) return undefined;
  const [, ln, r, p, salt, hash] = found;
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  if (!isWithinBounds(cost)) return undefined;
  return { ...cost, salt: Buffer.from(salt!, 'base64'), hash: Buffer.from(hash!, 'base64') };
}

function isWithinBounds({ ln, r, p }: HashCost): boolean {
  if (ln < 1 || r < 1 || p < 1) return false;
  return 128 * 2 ** ln * r <= maxMemoryBytes && 2 ** ln * r * p <= maxWork;
}

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

/** The same characters typed elsewhere may arrive as other code points: NFKC, as NIST SP 800-63B advises. */
export const secretOf = (password: string | Buffer): string =>
  (typeof password === 'string' ? password : password.toString('utf8')).normalize('NFKC');

function derive(
  password: string | Buffer,
  salt: Buffer,
  bytes: number,
  { ln, r, p }: HashCost,
): Promise<Buffer> {
  const N = 2 ** ln;
  return new Promise((resolve, reject) => {
    scrypt(secretOf(password), salt, bytes, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
