import {
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

/** Bytes of an X25519 key, of a nonce and of a proof. */
export const keyBytes = 32;
const label = 'tributary resume v1';

/** What stands before the 32 bytes of an X25519 key in a SubjectPublicKeyInfo (RFC 8410 section 4). */
const spkiHead = Buffer.from('302a300506032b656e032100', 'hex');

/** What a device is asked to answer. */
export interface Challenge {
  readonly nonce: Buffer;
  /** X25519, made for this one challenge. */
  readonly publicKey: Buffer;
}

/** A challenge, and our half of what its answer is made of. */
export interface OpenChallenge extends Challenge {
  readonly privateKey: KeyObject;
}

export function makeChallenge(): OpenChallenge {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  return { nonce: randomBytes(keyBytes), publicKey: rawKey(publicKey), privateKey };
}

/** What the proof is about. */
export interface Claimed {
  readonly clientId: string;
  readonly epoch: number;
  /** The device's own public key. */
  readonly deviceKey: Buffer;
}

/**
 * The proof that whoever answers has the private key to `deviceKey`: an HMAC, under a key both sides derive from their two X25519
 * keys, over everything said (docs/protocol.md, "Secure resume").
 * @param shared the X25519 shared secret
 */
export function proofOf(shared: Buffer, { nonce, publicKey }: Challenge, claimed: Claimed): Buffer {
  const epoch = Buffer.alloc(8);
  epoch.writeBigUInt64BE(BigInt(claimed.epoch));
  const key = Buffer.from(hkdfSync('sha256', shared, nonce, label, keyBytes));
  return createHmac('sha256', key)
    .update(`${label}\0`)
    .update(nonce)
    .update(publicKey)
    .update(claimed.deviceKey)
    .update(epoch)
    .update(claimed.clientId, 'utf8')
    .digest();
}

/** Whether a device's answer is right. Takes as long for a wrong one. */
export function isProven(answer: Buffer, challenge: OpenChallenge, claimed: Claimed): boolean {
  const shared = sharedSecret(challenge.privateKey, claimed.deviceKey);
  return (
    shared !== undefined &&
    answer.length === keyBytes &&
    timingSafeEqual(answer, proofOf(shared, challenge, claimed))
  );
}

/** X25519; undefined for a public key that shares the same secret with everybody (RFC 7748 section 6.1). */
export function sharedSecret(privateKey: KeyObject, publicKey: Buffer): Buffer | undefined {
  try {
    return diffieHellman({ privateKey, publicKey: keyOf(publicKey) });
  } catch {
    return undefined;
  }
}

/** Whether these bytes can be the key of a device. */
export const isUsableKey = (key: Buffer): boolean =>
  key.length === keyBytes && sharedSecret(generateKeyPairSync('x25519').privateKey, key) !== undefined;

const keyOf = (raw: Buffer): KeyObject =>
  createPublicKey({ key: Buffer.concat([spkiHead, raw]), format: 'der', type: 'spki' });

const rawKey = (key: KeyObject): Buffer =>
  key.export({ type: 'spki', format: 'der' }).subarray(spkiHead.length);
