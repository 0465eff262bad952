import { createHmac, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync } from 'node:crypto';

const label = 'tributary resume v1';
/** What stands before an X25519 key in DER. */
const spkiHead = Buffer.from('302a300506032b656e032100', 'hex');

/** The device's side of secure resume, written from docs/protocol.md and not from the gateway. */
export class ResumeKey {
  readonly #pair = generateKeyPairSync('x25519');

  get publicKey(): Buffer {
    return this.#pair.publicKey.export({ type: 'spki', format: 'der' }).subarray(spkiHead.length);
  }

  /** Authentication Data of CONNECT. */
  static opening(epoch: number): Buffer {
    const bytes = Buffer.alloc(9, 1);
    bytes.writeBigUInt64BE(BigInt(epoch), 1);
    return bytes;
  }

  proof(clientId: string, epoch: number, nonce: Buffer, gatewayKey: Buffer): Buffer {
    const publicKey = createPublicKey({
      key: Buffer.concat([spkiHead, gatewayKey]),
      format: 'der',
      type: 'spki',
    });
    const shared = diffieHellman({ privateKey: this.#pair.privateKey, publicKey });
    const key = Buffer.from(hkdfSync('sha256', shared, nonce, label, 32));
    const said = [
      Buffer.from(`${label}\0`),
      nonce,
      gatewayKey,
      this.publicKey,
      ResumeKey.opening(epoch).subarray(1),
      Buffer.from(clientId),
    ];
    return createHmac('sha256', key).update(Buffer.concat(said)).digest();
  }
}
