import type { Identity } from '../../admission/identity.ts';

/** Of a certificate only the pin: the certificate itself has to be shown again. */
interface KeptIdentity extends Omit<Identity, 'certificate'> {
  readonly spki: string | undefined;
}

/** Who a device was, as it is kept beside its key. */
export function keepIdentity({ certificate, ...identity }: Identity): string {
  const kept: KeptIdentity = { ...identity, spki: certificate?.spki };
  return JSON.stringify(kept);
}

/**
 * Who a device is that comes back; undefined for what cannot be read. Ours alone write it, so a light look is enough.
 * @returns with the pin of the certificate it had shown
 */
export function recallIdentity(text: string): { identity: Identity; spki: string | undefined } | undefined {
  let kept: Partial<KeptIdentity>;
  try {
    kept = JSON.parse(text) as Partial<KeptIdentity>;
  } catch {
    return undefined;
  }
  if (typeof kept !== 'object' || kept === null || typeof kept.by !== 'string') return undefined;
  const { by, user, clientId, claims = {}, class: serviceClass, expiresAt, spki } = kept;
  const identity = { by, user, clientId, claims, class: serviceClass, expiresAt, certificate: undefined };
  return { identity, spki };
}
