import { z } from 'zod';
import { operationSchema } from './actions.ts';

const device = z.string().min(1).max(1024);
const reason = z.string().trim().min(3).max(256);

/** SHA-256 of a SubjectPublicKeyInfo (RFC 7469 section 2.4): 44 characters of base64. */
const spki = z.string().regex(/^[A-Za-z0-9+/]{43}=$/, 'must be a SHA-256 in base64, 44 characters');

/** What a device has to show, without its secret. */
export const credentialViewSchema = z.object({
  device: z.string(),
  /** What it is for, in the words of who made it. */
  label: z.string(),
  /** Whether it has to show a secret. */
  hasSecret: z.boolean(),
  /** The key its certificate must have; null when none is asked for. */
  spki: z.string().nullable(),
  by: z.string(),
  /** Unix ms. */
  at: z.number(),
});
export type CredentialView = z.infer<typeof credentialViewSchema>;

/** A device that may not come in, whoever vouches for it. */
export const disabledDeviceSchema = z.object({
  device: z.string(),
  reason: z.string(),
  by: z.string(),
  /** Unix ms. */
  at: z.number(),
});
export type DisabledDevice = z.infer<typeof disabledDeviceSchema>;

/** `GET /api/v1/credentials`. */
export const credentialQuerySchema = z.strictObject({
  /** A client id: of this device alone. */
  device: device.optional(),
});

/** In order of client id: 500 of `total`, and of those that are disabled the newest 500. */
export const credentialListSchema = z.object({
  items: z.array(credentialViewSchema),
  total: z.int(),
  disabled: z.array(disabledDeviceSchema),
  totalDisabled: z.int(),
  at: z.number(),
});
export type CredentialList = z.infer<typeof credentialListSchema>;

/** `POST /api/v1/credentials`: a new one, or another one instead: a session that came in with the old one ends. */
export const newCredentialSchema = z
  .strictObject({
    device,
    label: z.string().trim().max(100).default(''),
    /** Make a secret; it is told in the answer alone. */
    withSecret: z.boolean().default(true),
    /** Ask for a certificate with this key, besides the secret or instead of it. */
    spki: spki.optional(),
  })
  .refine(
    ({ withSecret, spki: pin }) => withSecret || pin !== undefined,
    'must have a secret, a key or both',
  );
export type NewCredential = z.input<typeof newCredentialSchema>;

/** The secret is told this once; null when there is none. */
export const credentialMadeSchema = z.object({
  credential: credentialViewSchema,
  secret: z.string().nullable(),
  operation: operationSchema,
});
export type CredentialMade = z.infer<typeof credentialMadeSchema>;

/** `POST /api/v1/credentials/disable`: keeps a device out until `…/enable`, with a credential or without. */
export const disableDeviceSchema = z.strictObject({ device, reason });
export const enableDeviceSchema = z.strictObject({ device });
