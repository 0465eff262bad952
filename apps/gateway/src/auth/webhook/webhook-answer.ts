import { type ServiceClass, serviceClasses } from '@tributary/protocol';
import { z } from 'zod';
import type { BoundedAnswer } from '../http/bounded-request.ts';

/** More than rules can use, and each is kept as long as its session. */
const maxClaimsBytes = 4096;

const name = z
  .string()
  .min(1)
  .max(256)
  .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text));

const answerSchema = z.object({
  result: z.enum(['allow', 'deny', 'ignore']),
  user: name.optional(),
  clientId: name.optional(),
  class: z.enum(serviceClasses).optional(),
  claims: z
    .record(z.string().max(128), z.unknown())
    .refine((claims) => Buffer.byteLength(JSON.stringify(claims)) <= maxClaimsBytes)
    .optional(),
  /** Unix seconds, as `exp` of a token. */
  expiresAt: z.number().min(0).max(8.64e12).optional(),
  /** How long the answer may be remembered, s. */
  cacheSeconds: z.number().min(0).max(3600).optional(),
});

/** What the server says of a device. */
export interface WebhookAnswer {
  readonly result: 'allow' | 'deny' | 'ignore';
  readonly user?: string | undefined;
  readonly clientId?: string | undefined;
  readonly class?: ServiceClass | undefined;
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
  readonly expiresAt?: number | undefined;
  readonly cacheSeconds?: number | undefined;
}

/** The server is up and says nothing of this device: it cannot use the question, or takes no more of them now. */
export interface Unanswered {
  readonly result: 'unanswered';
  readonly status: number;
}

/**
 * Reads an answer: 401 and 403 say no in themselves, 200 says it in JSON. Another 4xx is about what was asked: were it a
 * failure of the server, one odd device would have nobody else asked about. But 408 says that we were not heard.
 * @throws Error for everything else, which is a failure of the server and lets nobody in; the message quotes nothing
 */
export function readAnswer({ status, body }: BoundedAnswer): WebhookAnswer | Unanswered {
  if (status === 401 || status === 403) return { result: 'deny' };
  if (status >= 400 && status < 500 && status !== 408) return { result: 'unanswered', status };
  if (status !== 200) throw new Error(`answered with status ${status}`);
  const parsed = answerSchema.safeParse(jsonOf(body.toString('utf8')));
  if (!parsed.success)
    throw new Error(
      `answered something else than was agreed on (${String(parsed.error.issues[0]?.path[0])})`,
    );
  return parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('answered no JSON');
  }
}
