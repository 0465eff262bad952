import type { CloseReason } from '@tributary/protocol';
import type { SessionAcl } from '../../admission/acl/session-acl.ts';
import type { Attempt } from './attempt.ts';

/** What the device may publish and have, by the rules as they are now. */
export function aclOf({ admitted, identity, traits, connection, services }: Attempt): SessionAcl | undefined {
  const { listener, transport } = connection;
  const from = { listener, address: transport.remoteAddress };
  return services.aclOf({ clientId: admitted!.clientId, identity, class: traits!.class, ...from });
}

/** A device whose will it may not publish itself is refused: the gateway would say it in its place (MQTT 5 section 3.1.2.5). */
export function checkWill(attempt: Attempt): CloseReason | undefined {
  const { willTopic } = attempt.greeting;
  if (willTopic === undefined) return undefined;
  return aclOf(attempt)?.mayPublish(Buffer.from(willTopic)) === false ? 'not-authorized' : undefined;
}
