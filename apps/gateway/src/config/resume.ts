import { z } from 'zod';

/** Coming back by a key (docs/protocol.md, "Secure resume"). */
export const resumeSchema = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe(
        'Let devices register a key and come back by it without their credentials. Only those that ask do.',
      ),
    maxAgeSeconds: z
      .int()
      .min(60)
      .max(2_592_000)
      .default(86_400)
      .describe(
        'How long after it showed its credentials, s. A day outlasts outages, and credentials are seen daily.',
      ),
    plainLoopback: z
      .boolean()
      .default(false)
      .describe('Also without TLS for devices on this very host: for tests. Elsewhere a key needs TLS.'),
  })
  .meta({ live: true });
