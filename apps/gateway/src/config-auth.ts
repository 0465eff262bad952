import { z } from 'zod';
import { crossCheck, type BrokenRule } from './config-cross-check.ts';

/** How a client id follows from who the device is, where its authenticator does not say one. */
export const bindings = ['equal', 'prefix', 'none'] as const;
export type Binding = (typeof bindings)[number];

/** Names a certificate has. */
export const certificateNames = ['commonName', 'dns', 'uri', 'email', 'fingerprint', 'spki'] as const;
export type CertificateName = (typeof certificateNames)[number];

/** Signatures of tokens this gateway knows (RFC 7518 section 3.1, RFC 8037). `none` is not among them. */
export const tokenAlgorithms = [
  'HS256',
  'HS384',
  'HS512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;
export type TokenAlgorithm = (typeof tokenAlgorithms)[number];

const kib = 1024;

/** Names of authenticators as the chain and `listeners[].auth` use them. */
export const authenticatorName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/)
  .meta({ accepts: '1 to 32 lower-case letters, digits and dashes' });

const nameSchema = authenticatorName
  .refine(
    (name) => name !== 'anonymous' && name !== 'chain',
    'must not be `anonymous` or `chain`, which mean something',
  )
  .optional()
  .meta({ defaultText: 'its type' })
  .describe('Names it in `listeners[].auth`, logs and metrics; unique in the chain.');

const fileSchema = z.string().min(1).max(4096);

/** An `https:` URL, or `http:` to this very host. */
const serverUrl = z
  .string()
  .max(2048)
  .refine(isServerUrl, 'must be an https: URL, or an http: URL of a loopback address')
  .meta({ accepts: 'an https: URL, or an http: URL of a loopback address', secret: true });

const cacheSeconds = (most: number, usual: number, why: string): z.ZodDefault<z.ZodInt> =>
  z.int().min(0).max(most).default(usual).describe(why);

const maxCached = z
  .int()
  .min(0)
  .max(1_000_000)
  .default(10_000)
  .describe('Answers remembered at a time; the oldest leaves. 10,000 are about 2 MB.');

const breakerSchema = z.strictObject({
  maxFailures: z
    .int()
    .min(1)
    .max(1000)
    .default(5)
    .describe(
      'Failures in a row after which the server is not asked any more: it is refused at once, `auth-unavailable`.',
    ),
  timeoutMs: z
    .int()
    .min(50)
    .max(30_000)
    .default(2000)
    .describe(
      'Longest wait for a whole answer, ms; then it counts as a failure. Well below the handshake deadline.',
    ),
  resetTimeoutMs: z
    .int()
    .min(100)
    .max(3_600_000)
    .default(10_000)
    .describe('How long it is left alone then, ms. After that it is asked by one at a time.'),
  halfOpenSuccess: z
    .int()
    .min(1)
    .max(100)
    .default(2)
    .describe(
      'Answers in a row after which everybody asks again. Two, so that one lucky answer is not enough.',
    ),
});

const usersSchema = z.strictObject({
  type: z.literal('users').describe('A file of users and password hashes, written with `tributary passwd`.'),
  name: nameSchema,
  file: fileSchema.describe(
    'One `NAME:HASH` a line. Read again when it changes; a broken one leaves the old in force.',
  ),
  cacheSeconds: cacheSeconds(
    3600,
    300,
    'How long a password that was right is not hashed again, s, so that a storm of reconnects is cheap. 0: never remembered.',
  ),
  maxCached,
  maxHashing: z
    .int()
    .min(1)
    .max(16)
    .default(2)
    .describe('Passwords hashed at a time: threads of the pool of four, which others need too.'),
  maxWaiting: z
    .int()
    .min(1)
    .max(10_000)
    .default(64)
    .describe(
      'Devices that wait for that, a quarter of them from one address at the most; more are told `server-busy`. 64 wait 6 s.',
    ),
});

const jwtSchema = z
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
    breaker: breakerSchema.prefault({}),
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

const certificateSchema = z.strictObject({
  type: z
    .literal('certificate')
    .describe('The client certificate of an mqtts or wss listener that asks for one.'),
  name: nameSchema,
  from: z
    .enum(certificateNames)
    .default('commonName')
    .describe(
      'Which of its names the device goes by: the common name, its first alternative name of a kind, or its SHA-256.',
    ),
  is: z
    .enum(['clientId', 'user'])
    .default('clientId')
    .describe('What that name is: the only client id it may use, or its user.'),
  prefix: z
    .string()
    .max(256)
    .default('')
    .describe('Taken off the beginning of the name; one without it is left to the next authenticator.'),
  suffix: z
    .string()
    .max(256)
    .default('')
    .describe('Taken off its end, such as `.devices.example.com`; the same.'),
});

const devicesSchema = z.strictObject({
  type: z
    .literal('devices')
    .describe('Credentials of single devices, made in the dashboard and kept in Redis.'),
  name: nameSchema,
  maxAsking: z
    .int()
    .min(1)
    .max(1024)
    .default(64)
    .describe('Look-ups in Redis at a time; one for each connect.'),
  maxWaiting: z
    .int()
    .min(1)
    .max(100_000)
    .default(4096)
    .describe('Devices that wait for that; more are told `server-busy`. 4096 wait well below a second.'),
});

const webhookSchema = z.strictObject({
  type: z.literal('webhook').describe('A server of yours is asked by HTTP POST.'),
  name: nameSchema,
  url: serverUrl.describe('Where the question is posted. Redirects are not followed.'),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9-]{1,64}$/), z.string().max(4096))
    .default({})
    .meta({ secret: true, accepts: 'a map of header names to texts' })
    .describe('Sent with each question, such as `authorization`.'),
  caFile: fileSchema
    .optional()
    .describe('PEM file with the authorities of that server. Unset: those every Node knows.'),
  cacheSeconds: cacheSeconds(
    3600,
    60,
    'How long an answer that lets a device in is remembered, s, unless it says less. 0: never.',
  ),
  denyCacheSeconds: cacheSeconds(
    300,
    5,
    'The same for one that does not, s. A few, so that whoever tries on does not become a flood.',
  ),
  maxCached,
  maxAnswerBytes: z
    .int()
    .min(256)
    .max(1024 * kib)
    .default(16 * kib)
    .describe('Largest answer, bytes; more counts as a failure.'),
  maxAsking: z.int().min(1).max(1024).default(32).describe('Questions at a time.'),
  maxWaiting: z
    .int()
    .min(1)
    .max(10_000)
    .default(256)
    .describe('Devices that wait for that; more are told `server-busy`.'),
  breaker: breakerSchema.prefault({}),
});

const entrySchema = z.discriminatedUnion('type', [
  usersSchema,
  jwtSchema,
  certificateSchema,
  devicesSchema,
  webhookSchema,
]);

/** Who may connect. */
export const authSchema = z.strictObject({
  anonymous: z
    .boolean()
    .optional()
    .meta({ defaultText: 'true while the chain is empty' })
    .describe(
      'Accept devices that show nothing. With a chain only those without a user name and a password, and only when it is said here.',
    ),
  anonymousPublic: z
    .boolean()
    .default(false)
    .describe(
      'Accept them on addresses other than loopback too. Off: whoever reaches the port may act as any device.',
    ),
  binding: z
    .enum(bindings)
    .default('equal')
    .describe(
      'What client id a user may use whose authenticator names none: `equal` to the user; `prefix`: also the user, a colon and more; `none`: any.',
    ),
  chain: z
    .array(entrySchema)
    .max(16)
    .default([])
    .describe('Authenticators in the order they are asked. The first that knows the credentials decides.'),
});

/** The slice of the configuration that says who may connect. */
export type AuthConfig = z.output<typeof authSchema>;
export type AuthEntry = AuthConfig['chain'][number];

/** The name an entry goes by. */
export const nameOf = ({
  name,
  type,
}: {
  readonly name?: string | undefined;
  readonly type: string;
}): string => name ?? type;

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

function isServerUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return (
    protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname))
  );
}
