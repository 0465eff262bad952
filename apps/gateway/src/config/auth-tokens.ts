import { z } from 'zod';
import { breakerSchema, fileSchema, nameSchema, serverUrl } from './auth-parts.ts';
import { tokenAlgorithms } from './auth-words.ts';
import { crossCheck, type BrokenRule } from './cross-check.ts';

const kib = 1024;

/** Tokens as passwords. */
export const jwtSchema = z
  .strictObject({
    type: z.literal('jwt').describe('A JSON Web Token as the password.'),
    name: nameSchema,
    secretFile: fileSchema
      .optional()
      .describe(
        'File with the secret of HS256, HS384, HS512: 32 bytes at least, as they are, but for a line end.',
      ),
    keyFile: fileSchema
      .optional()
      .describe('File with a public key: PEM, JWK or JWK set. Read again when it changes.'),
    jwksUrl: serverUrl.optional().describe('Where the issuer publishes its public keys (JWK set).'),
    caFile: fileSchema
      .optional()
      .describe('PEM file with the authorities of the server of `jwksUrl`. Unset: those every Node knows.'),
    algorithms: z
      .array(z.enum(tokenAlgorithms))
      .min(1)
      .max(tokenAlgorithms.length)
      .optional()
      .meta({ defaultText: 'those that fit the keys' })
      .describe(
        'Signatures that are taken. Never `none`; HS… only with `secretFile`, the others never with it.',
      ),
    issuer: z
      .string()
      .min(1)
      .max(1024)
      .optional()
      .describe('`iss` a token must have. One of another issuer is left to the next authenticator.'),
    audience: z
      .array(z.string().min(1).max(1024))
      .max(16)
      .default([])
      .describe('`aud` must name one of these. Empty: not looked at.'),
    clockToleranceSeconds: z
      .int()
      .min(0)
      .max(300)
      .default(5)
      .describe('How far the clocks of issuer and node may be apart for `exp` and `nbf`, s.'),
    requireExpiry: z
      .boolean()
      .default(true)
      .describe('Refuse tokens without `exp`: they could not be taken back.'),
    maxTokenBytes: z
      .int()
      .min(256)
      .max(64 * kib)
      .default(8 * kib)
      .describe('Longest token, bytes; a longer one is refused unread. Real ones stay below 4 KiB.'),
    userClaim: z.string().min(1).max(128).default('sub').describe('Claim that is the user.'),
    clientIdClaim: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .describe('Claim that is the only client id it may use. Unset: by `auth.binding`.'),
    classClaim: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .describe('Claim that asks for a service class: `critical`, `standard`, `bulk`.'),
    jwksCacheSeconds: z
      .int()
      .min(10)
      .max(86_400)
      .default(600)
      .describe(
        'How long fetched keys are used before they are fetched again, s. The old ones serve while that fails.',
      ),
    jwksCooldownSeconds: z
      .int()
      .min(1)
      .max(3600)
      .default(30)
      .describe(
        'Least time between two fetches for a key nobody knows, s: made-up key ids must not become a flood.',
      ),
    breaker: breakerSchema.prefault({}).describe('When its server is left alone.'),
  })
  .check(
    crossCheck(
      z.object({
        secretFile: z.unknown().optional(),
        keyFile: z.unknown().optional(),
        jwksUrl: z.unknown().optional(),
        algorithms: z.unknown().optional(),
      }),
      jwtRules,
    ),
  );

interface JwtFacts {
  readonly secretFile?: unknown;
  readonly keyFile?: unknown;
  readonly jwksUrl?: unknown;
  readonly algorithms?: unknown;
}

function jwtRules({ secretFile, keyFile, jwksUrl, algorithms }: JwtFacts): BrokenRule[] {
  const sources = [secretFile, keyFile, jwksUrl].filter((source) => source !== undefined);
  if (sources.length !== 1)
    return [{ path: [], message: 'must have one of secretFile, keyFile and jwksUrl' }];
  if (!Array.isArray(algorithms)) return [];
  const isWrong = (name: unknown): boolean =>
    tokenAlgorithms.some((known) => known === name && known.startsWith('HS') !== (secretFile !== undefined));
  if (!algorithms.some(isWrong)) return [];
  const message =
    'must be HS256, HS384, HS512 with secretFile, and none of these without: a public key is no secret';
  return [{ path: ['algorithms'], message }];
}
