import { z } from 'zod';

/** What an operator may do. Each role may do everything the ones before it may. */
export const roles = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];
export const roleSchema = z.enum(roles);

/** What a route asks of its caller; `public` asks nothing. */
export type Needs = Role | 'public';

/** True when someone of `role` may do what needs `needed`. */
export function mayDo(role: Role, needed: Needs): boolean {
  return needed === 'public' || roles.indexOf(role) >= roles.indexOf(needed);
}

/**
 * Sent with every write that is authorised by the cookie: `x-tributary-csrf: 1`. A page of another site cannot send it
 * without a CORS preflight, which this server never answers.
 */
export const csrfHeader = 'x-tributary-csrf';

/** An operator's name: 1 to 64 of letters, digits, `.`, `_`, `@` and `-`, beginning with a letter or a digit. */
export const operatorNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/,
    'must be 1 to 64 of A-Z, a-z, 0-9, ".", "_", "@" and "-", the first a letter or a digit',
  );

/** A new password: 12 to 256 characters, whatever they are (NIST SP 800-63B asks for length, not for kinds). */
export const newPasswordSchema = z
  .string()
  .min(12, 'must have at least 12 characters')
  .max(256, 'must have at most 256 characters');

/** A password or name as somebody typed it; only its length is bounded, so that every wrong one is refused alike. */
const typedSchema = z.string().min(1).max(256);

/** `POST /api/v1/session`: sign in. Answers `Session` and the cookie, 401 `wrong-credentials`, 429 `too-many-attempts`. */
export const signInSchema = z.strictObject({ name: typedSchema, password: typedSchema });
export type SignIn = z.infer<typeof signInSchema>;

/** `GET /api/v1/session`: who is signed in and what they may do. 401 `not-signed-in` when nobody is. */
export const sessionSchema = z.object({
  name: z.string(),
  role: roleSchema,
  /** The right `payload:read`: to see what devices send. */
  canReadPayload: z.boolean(),
  /** `session`: the cookie of a browser; `token`: an API token. */
  via: z.enum(['session', 'token']),
  /** The header every write has to carry, name and value. */
  csrf: z.object({ header: z.literal(csrfHeader), value: z.string() }),
  /** Still has the password that was made at the first start: the page should ask for a new one. */
  hasFirstPassword: z.boolean(),
  /** Unix ms at which it ends, however much it is used; null when it does not. */
  expiresAt: z.number().nullable(),
  /** Names the page this server serves, as `hello` of the feed does. */
  build: z.string(),
  /** The server's clock, Unix ms. */
  at: z.number(),
});
export type Session = z.infer<typeof sessionSchema>;

/** `POST /api/v1/session/password`: one's own. Ends all other sessions. 403 `wrong-password`. */
export const passwordChangeSchema = z.strictObject({ current: typedSchema, next: newPasswordSchema });
export type PasswordChange = z.infer<typeof passwordChangeSchema>;

/**
 * `GET` and `PUT /api/v1/session/preferences`: how one wants the page, wherever one signs in. Whoever never chose any gets
 * `system`, `normal`, true.
 */
export const preferencesSchema = z.strictObject({
  theme: z.enum(['system', 'light', 'dark']),
  density: z.enum(['normal', 'compact']),
  /** Shortcuts of a single letter; whoever dictates to the computer switches them off (WCAG 2.1.4). */
  hasLetterKeys: z.boolean(),
});
export type OperatorPreferences = z.infer<typeof preferencesSchema>;

/** An operator as others see it. */
export const operatorViewSchema = z.object({
  name: z.string(),
  role: roleSchema,
  canReadPayload: z.boolean(),
  isDisabled: z.boolean(),
  hasFirstPassword: z.boolean(),
  /** Unix ms. */
  createdAt: z.number(),
  createdBy: z.string(),
  passwordChangedAt: z.number(),
});
export type OperatorView = z.infer<typeof operatorViewSchema>;

/** `GET /api/v1/operators`, in order of name. */
export const operatorListSchema = z.object({ items: z.array(operatorViewSchema) });
export type OperatorList = z.infer<typeof operatorListSchema>;

/** `POST /api/v1/operators`. Without a password one is made, and told in the answer, once. 409 `operator-exists`. */
export const newOperatorSchema = z.strictObject({
  name: operatorNameSchema,
  role: roleSchema,
  canReadPayload: z.boolean().default(false),
  password: newPasswordSchema.optional(),
});
export type NewOperator = z.input<typeof newOperatorSchema>;

/**
 * `PATCH /api/v1/operators/:name`. Any change ends this operator's sessions. `password: null` makes a new one, told in
 * the answer. 409 `last-admin` when nobody could manage operators afterwards; 404 `operator-not-found`.
 */
export const operatorChangeSchema = z.strictObject({
  role: roleSchema.optional(),
  canReadPayload: z.boolean().optional(),
  isDisabled: z.boolean().optional(),
  password: newPasswordSchema.nullable().optional(),
});
export type OperatorChange = z.infer<typeof operatorChangeSchema>;

/** Answer of both: the operator, and the password where one was made; it is told this once. */
export const operatorMadeSchema = z.object({
  operator: operatorViewSchema,
  password: z.string().optional(),
});
export type OperatorMade = z.infer<typeof operatorMadeSchema>;

/** An API token without its secret. What it may do is the lesser of its own role and its owner's. */
export const tokenViewSchema = z.object({
  id: z.string(),
  /** What it is for, in its owner's words. */
  label: z.string(),
  owner: z.string(),
  role: roleSchema,
  canReadPayload: z.boolean(),
  /** Unix ms; `expiresAt` null: never; `lastUsedAt` null: not yet (kept to the minute). */
  createdAt: z.number(),
  expiresAt: z.number().nullable(),
  lastUsedAt: z.number().nullable(),
});
export type TokenView = z.infer<typeof tokenViewSchema>;

/** `GET /api/v1/tokens`: one's own, an admin sees all. */
export const tokenListSchema = z.object({ items: z.array(tokenViewSchema) });
export type TokenList = z.infer<typeof tokenListSchema>;

const dayMs = 86_400_000;

/** `POST /api/v1/tokens`: for oneself, with at most one's own rights. 403 `more-than-own-rights`. */
export const newTokenSchema = z.strictObject({
  label: z.string().trim().min(1).max(100),
  role: roleSchema,
  canReadPayload: z.boolean().default(false),
  /** How long it is good, in ms: a minute to five years; null: until it is removed. */
  lifetimeMs: z
    .int()
    .min(60_000)
    .max(5 * 365 * dayMs)
    .nullable()
    .default(90 * dayMs),
});
export type NewToken = z.input<typeof newTokenSchema>;

/** The new token; `secret` is told this once and goes into `Authorization: Bearer …`. */
export const tokenMadeSchema = z.object({ token: tokenViewSchema, secret: z.string() });
export type TokenMade = z.infer<typeof tokenMadeSchema>;

/** One line of the audit: who did what to what, and what came of it. Never payloads, never secrets. */
export const auditEntrySchema = z.object({
  /** Id of the stream entry; its first part is Redis' clock. */
  id: z.string(),
  /** Unix ms, the admin's clock. */
  ts: z.number(),
  /** The operator; empty when nobody was signed in. */
  who: z.string(),
  /** Empty when nobody was signed in. */
  role: z.string(),
  /** `session`, `token`, `shell`, `none`. */
  via: z.string(),
  /** Where from: an IP address. */
  address: z.string(),
  /** `operator.change`, `device.disconnect`, … */
  action: z.string(),
  target: z.string(),
  /** What the operator gave as the reason. */
  reason: z.string(),
  /** `done`, `accepted`, `refused`, `failed`. */
  result: z.string(),
  requestId: z.string(),
  /** Facts of this action; bounded. */
  detail: z.record(z.string(), z.unknown()),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

export const maxAuditRows = 200;

/** `GET /api/v1/audit`: newest first; `who` is exact, `action` a beginning, `target` a part. */
export const auditQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(maxAuditRows).default(100),
  cursor: z.string().max(64).optional(),
  who: z.string().max(64).optional(),
  action: z.string().max(64).optional(),
  target: z.string().max(300).optional(),
});
export type AuditQuery = z.input<typeof auditQuerySchema>;

/** `nextCursor` null: nothing older is kept. A page may have fewer rows than asked for and still go on. */
export const auditListSchema = z.object({
  items: z.array(auditEntrySchema),
  nextCursor: z.string().nullable(),
  at: z.number(),
});
export type AuditList = z.infer<typeof auditListSchema>;
