import { z } from 'zod';
import { cacheSeconds, fileSchema, maxCached, nameSchema } from './auth-parts.ts';
import { jwtSchema } from './auth-tokens.ts';
import { webhookSchema } from './auth-webhook.ts';
import { bindings, certificateNames } from './auth-words.ts';

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
    .default(1)
    .describe(
      'Passwords hashed at a time, each in a thread of its own that is a core for 0.2 s and keeps 25 MB. One, so that whoever guesses takes little from the devices that are in.',
    ),
  maxWaiting: z
    .int()
    .min(1)
    .max(10_000)
    .default(40)
    .describe(
      'Devices that wait for that, a quarter of them from one address at the most; more are told `server-busy`. 40 wait 8 s.',
    ),
});

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
    .meta({ defaultText: 'none' })
    .describe('Taken off the beginning of the name; one without it is left to the next authenticator.'),
  suffix: z
    .string()
    .max(256)
    .default('')
    .meta({ defaultText: 'none' })
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
