import { operatorNameSchema, roleSchema, type OperatorView } from '@tributary/protocol/admin-api';
import { z } from 'zod';
import { passwordHashSchema } from './password-hash.ts';

/** An operator as stored in the hash `operators`. Times are Unix ms. */
export const operatorRecordSchema = z.object({
  role: roleSchema,
  canReadPayload: z.boolean(),
  password: passwordHashSchema,
  passwordChangedAt: z.number(),
  /** The password was made by somebody else than the operator. */
  hasFirstPassword: z.boolean(),
  createdAt: z.number(),
  createdBy: z.string(),
  isDisabled: z.boolean(),
  /** Random; sessions carry the one they began with, so a new one ends them all. */
  stamp: z.string().min(1),
});
export type OperatorRecord = z.infer<typeof operatorRecordSchema>;

/** An API token as stored in the hash `operator-tokens`. Times are Unix ms. */
export const tokenRecordSchema = z.object({
  label: z.string(),
  owner: operatorNameSchema,
  role: roleSchema,
  canReadPayload: z.boolean(),
  /** `digestOf` the secret. */
  digest: z.string().min(1),
  createdAt: z.number(),
  expiresAt: z.number().nullable(),
});
export type TokenRecord = z.infer<typeof tokenRecordSchema>;

/** What others may see of an operator. */
export function operatorView(name: string, record: OperatorRecord): OperatorView {
  const { role, canReadPayload, isDisabled, hasFirstPassword, createdAt, createdBy, passwordChangedAt } =
    record;
  return {
    name,
    role,
    canReadPayload,
    isDisabled,
    hasFirstPassword,
    createdAt,
    createdBy,
    passwordChangedAt,
  };
}
