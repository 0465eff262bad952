import type { Claim } from '@tributary/backplane';
import { adviceOf, type CloseReason } from '@tributary/protocol';
import type { Admitted } from '../../admission/admission.ts';
import type { DeviceTraits } from '../../admission/device-rules.ts';
import type { Identity } from '../../admission/identity.ts';
import type { Connection } from '../../connection/connection.ts';
import type { Greeting } from './greeting.ts';
import type { HandshakeServices } from './services.ts';

/** One CONNECT or hello on its way to a session. */
export interface Attempt {
  readonly connection: Connection;
  readonly greeting: Greeting;
  readonly services: HandshakeServices;
  readonly nonce: string;
  admitted?: Admitted;
  traits?: DeviceTraits;
  /** Who it is; anonymous until it has shown that. */
  identity: Identity;
  /** The registry watches for newer claims. */
  isClaiming?: boolean;
  claim?: Claim;
  /** The connection has ended. */
  onGone?: () => void;
}

/** The socket went away meanwhile: what was claimed is given back. */
export function leaveQuietly(attempt: Attempt, reason: CloseReason): void {
  const { services, connection } = attempt;
  services.counters.disconnected(reason);
  services.logger.info(
    { reason, address: connection.transport.remoteAddress },
    'connection ended during its handshake',
  );
  abandon(attempt, reason);
}

/** Turns the device away: the node is told, then the device, and its connection ends. */
export function refuse(attempt: Attempt, reason: CloseReason, detail?: string): void {
  const { connection, greeting, services } = attempt;
  const clientId = attempt.admitted?.clientId;
  abandon(attempt, reason);
  services.counters.refusedFor(reason);
  services.onRefused(reason, connection.transport.remoteAddress, clientId);
  const { by } = adviceOf(reason);
  services.logger.info(
    { reason, by, detail, device: clientId, address: connection.transport.remoteAddress },
    'connection refused',
  );
  greeting.refuse(reason);
  connection.onEnded = () => services.greeting.delete(connection);
  connection.close(reason);
}

function abandon({ services, claim: made, admitted, nonce }: Attempt, reason: CloseReason): void {
  if (made === undefined || admitted === undefined) return;
  services.abandon({
    clientId: admitted.clientId,
    nonce,
    reason,
    isTransient: admitted.isTransient,
    claim: made,
  });
}
