import type { NodeView } from '@tributary/protocol/admin-api';
import { z } from 'zod';

/** A node has 64 listeners at the most. */
const certificatesSchema = z
  .array(
    z.object({
      listener: z.string().max(64),
      validFrom: z.number(),
      expiresAt: z.number(),
      trouble: z.string().max(1024),
    }),
  )
  .max(64);

/** What a node tells of the certificates of its listeners; undefined when it tells nothing this time, or what is broken. */
export function parseCertificates(json: string | undefined): NodeView['certificates'] | undefined {
  if (json === undefined) return undefined;
  try {
    return certificatesSchema.parse(JSON.parse(json));
  } catch {
    return undefined;
  }
}
