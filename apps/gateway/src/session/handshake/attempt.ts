import type { Claim } from '@tributary/backplane';
import { adviceOf, type CloseReason } from '@tributary/protocol';
import type { Admitted } from '../../admission/admission.ts';
import type { DeviceTraits } from '../../admission/device-rules.ts';
import type { Identity } from '../../admission/identity.ts';
import { sayableUser } from '../../auth/auth-failure.ts';
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
  /** Who turned it away and why, for the log; never anything secret. */
  refusedBy?: { readonly authenticator: string; readonly detail: string | undefined };
  /** The registry watches for newer claims. */
  isClaiming?: boolean;
  claim?: Claim;
  /** Its key is good for coming back until then, Unix ms. */
  resumeUntil?: number | undefined;
  /** The connection has ended. */
  onGone?: (() => void) | undefined;
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
  abandon(attempt, reason);
  services.counters.refusedFor(reason);
  tellRefusal(attempt, reason, detail);
  greeting.refuse(reason);
  connection.onEnded = () => services.greeting.delete(connection);
  connection.close(reason);
}

/** One line, and nothing secret in it. */
function tellRefusal(attempt: Attempt, reason: CloseReason, said: string | undefined): void {
  const { connection, greeting, services, refusedBy } = attempt;
  const { listener, protocol } = connection;
  const address = connection.transport.remoteAddress;
  const device = attempt.admitted?.clientId;
  const user = sayableUser(greeting.introduction.user);
  const authenticator = refusedBy?.authenticator;
  services.onRefused(reason, address, device, { listener, protocol, user, authenticator });
  const { by } = adviceOf(reason);
  const detail = said ?? refusedBy?.detail;
  services.logger.info({ reason, by, detail, authenticator, device, user, address }, 'connection refused');
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
