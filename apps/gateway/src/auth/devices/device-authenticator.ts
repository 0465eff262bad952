import { createHash, timingSafeEqual } from 'node:crypto';
import type { DeviceCredential } from '@tributary/backplane';
import type { Identity } from '../../admission/identity.ts';
import type { Authenticator, Credentials, Verdict } from '../authenticator.ts';
import { BoundedGate, GateFull, type GateLimits } from '../bounded-gate.ts';
import { accepted, pass, refused } from '../verdicts.ts';

export interface DeviceOptions extends GateLimits {
  readonly name: string;
  /** What Redis knows of the device: one round trip. */
  readonly read: (device: string) => Promise<DeviceCredential | undefined>;
}

/** Of the secrets we make; a longer password is none of them, and is not looked up. */
const maxSecretBytes = 256;

/** Credentials of single devices in Redis: a secret, the key of a certificate, or both. */
export class DeviceAuthenticator implements Authenticator {
  readonly name: string;
  readonly #read: DeviceOptions['read'];
  readonly #gate: BoundedGate;

  constructor({ name, read, ...limits }: DeviceOptions) {
    this.name = name;
    this.#read = read;
    this.#gate = new BoundedGate(limits);
  }

  get waiting(): number {
    return this.#gate.waiting;
  }

  async authenticate(shown: Credentials): Promise<Verdict> {
    const { password, certificate, address } = shown;
    if (password === undefined && certificate === undefined) return pass;
    const device = deviceOf(shown);
    if (device === undefined) return pass;
    // A token for the next authenticator may be longer than any secret, and is still worth its round trip with a certificate.
    if (certificate === undefined && password !== undefined && password.length > maxSecretBytes) return pass;
    try {
      const credential = await this.#gate.run(address, () => this.#read(device));
      return credential === undefined ? pass : this.#verdict(device, shown, credential);
    } catch (error) {
      if (error instanceof GateFull) return refused('server-busy', 'too many look-ups wait');
      return refused('store-unavailable', 'the credentials of the device could not be read');
    }
  }

  credentialOf({ claims }: Identity): string | undefined {
    return typeof claims['credential'] === 'string' ? claims['credential'] : undefined;
  }

  /** A key to come back by may have been written just behind the change that should have taken it away. */
  async isInForce(identity: Identity): Promise<boolean> {
    const [{ clientId }, credential] = [identity, this.credentialOf(identity)];
    if (clientId === undefined || credential === undefined) return false;
    return (await this.#read(clientId))?.id === credential;
  }

  #verdict(device: string, { password, certificate }: Credentials, credential: DeviceCredential): Verdict {
    const { id, digest, spki } = credential;
    if (digest !== undefined && (password === undefined || !isDigestOf(digest, password)))
      return refused('bad-credentials', 'wrong secret');
    if (spki !== undefined && certificate?.spki !== spki)
      return refused('bad-credentials', 'not the key that is pinned');
    return accepted(this.name, { user: device, clientId: device, claims: { credential: id } });
  }
}

/** By its client id; one that asks for an id is known by its user. */
function deviceOf({ clientId, isAssigned, user }: Credentials): string | undefined {
  if (isAssigned) return user;
  return user === undefined || user === '' || user === clientId ? clientId : undefined;
}

function isDigestOf(digest: string, secret: Buffer): boolean {
  const expected = Buffer.from(digest, 'base64url');
  const actual = createHash('sha256').update(secret).digest();
  return expected.length === actual.length && timingSafeEqual(actual, expected);
}
