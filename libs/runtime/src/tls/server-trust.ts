import { z } from 'zod';

/** SHA-256 in base64, as RFC 7469 section 2.4 writes pins. */
const isPin = (text: string): boolean => /^[A-Za-z0-9+/]{43}=$/.test(text);

/** Options of a client of ours: which certificates of its server it believes. */
export const serverTrustSchema = z.strictObject({
  caFile: z
    .string()
    .min(1)
    .optional()
    .describe(
      'PEM file with the authorities to trust, in place of those of this machine. Read at the start.',
    ),
  spki: z
    .array(z.string().refine(isPin, 'must be a SHA-256 in base64').meta({ accepts: 'a SHA-256 in base64' }))
    .max(10)
    .default([])
    .describe(
      'Pins: the key of its certificate must be one of these, too (SHA-256 of the SubjectPublicKeyInfo). Name the next ' +
        'key before it is in use.',
    ),
});
