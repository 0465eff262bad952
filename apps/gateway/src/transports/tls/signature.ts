import { type KeyObject, verify } from 'node:crypto';
import { type DerElement, DerError, DerReader, Tag } from './der.ts';

/** What X.509 signs: the bytes, how, and the signature. */
export interface Signed {
  readonly signed: DerElement;
  /** AlgorithmIdentifier. */
  readonly algorithm: DerElement;
  /** BIT STRING. */
  readonly signature: DerElement;
}

/** Verified, by object identifier in hexadecimal; SHA-1 and older prove nothing any more. */
const digests: Readonly<Record<string, string | null>> = {
  '2a864886f70d01010b': 'sha256', // sha256WithRSAEncryption
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d040302': 'sha256', // ecdsa-with-SHA256
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
  '2b6570': null, // Ed25519
  '2b6571': null, // Ed448
};

/**
 * Whether one of these keys signed it.
 * @throws DerError when it is not made as a signature is
 */
export function verifySigned(
  { signed, algorithm, signature }: Signed,
  keys: readonly KeyObject[],
): 'good' | 'bad' | 'unsupported' {
  const digest = digests[new DerReader(algorithm.body).take(Tag.OID).body.toString('hex')];
  if (digest === undefined) return 'unsupported';
  // The first byte of a BIT STRING says how many bits of the last are none: no signature has any.
  if (signature.body[0] !== 0) throw new DerError('a signature of broken bytes');
  const bytes = signature.body.subarray(1);
  return keys.some((key) => isSignedBy(key, digest, signed.whole, bytes)) ? 'good' : 'bad';
}

function isSignedBy(key: KeyObject, digest: string | null, signed: Buffer, signature: Buffer): boolean {
  try {
    return verify(digest, signed, key, signature);
  } catch {
    return false; // a key of another kind than the signature
  }
}
