import { cloneElement, type ReactElement } from 'react';
import type { Role } from '@tributary/protocol/admin-api';
import { useRights } from './session.ts';

interface Pressable {
  'disabled'?: boolean;
  'aria-disabled'?: boolean;
  'data-tip'?: string | undefined;
  'onClick'?: unknown;
}

/**
 * Shows an action to everybody and lets only those do it who may: for others it stays where it is, does nothing, and
 * says which role it needs. It keeps the focus, so that the reason is found by keyboard too.
 */
export function Needs({
  role,
  payload = false,
  children,
}: {
  role: Role;
  /** Needs the right to read payloads as well. */
  payload?: boolean;
  children: ReactElement<Pressable>;
}) {
  const rights = useRights();
  if (rights.may(role) && (!payload || rights.canReadPayload)) return children;
  const tip = rights.may(role) ? 'Needs the right payload:read' : `Needs the role ${role}`;
  return cloneElement(children, { 'aria-disabled': true, 'data-tip': tip, 'onClick': undefined });
}
