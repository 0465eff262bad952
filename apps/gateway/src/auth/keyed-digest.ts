import { createHmac, randomBytes } from 'node:crypto';

/**
 * Names what credentials were, without being of use to who reads it: an HMAC under a key this process made for itself and
 * tells nobody. Each part goes with its length, so that none can pass for the beginning of another.
 */
export class KeyedDigest {
  readonly #key = randomBytes(32);

  of(...parts: readonly (string | Buffer | undefined)[]): string {
    const hmac = createHmac('sha256', this.#key);
    for (const part of parts) {
      const bytes = part === undefined ? undefined : typeof part === 'string' ? Buffer.from(part) : part;
      hmac.update(`${bytes?.length ?? '-'}:`);
      if (bytes !== undefined) hmac.update(bytes);
    }
    return hmac.digest('base64');
  }
}
