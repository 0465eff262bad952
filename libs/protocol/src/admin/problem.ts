import { z } from 'zod';

/** An error answer: RFC 9457 `application/problem+json`. `code` is stable; `title` and `detail` are for people. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  /** For programs: `bad-request`, `bad-cursor`, `device-not-found`, `forbidden-host`, … */
  code: z.string(),
  /** Names the request in the server's log. */
  requestId: z.string(),
  /** Of a write: nobody knows whether it was done. */
  mayBeDone: z.boolean().optional(),
  /** With `bad-filter`: the words of `q` that are wrong, as places in its text (UTF-16 units). */
  errors: z.array(z.object({ from: z.int(), to: z.int(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problemSchema>;
