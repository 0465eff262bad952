import type { CloseReason } from '@tributary/protocol';
import type { Attempt } from './attempt.ts';

/** Behind the step that finds out its class: who is critical comes in whatever the node is short of. */
export function checkLoad({
  services,
  connection,
  greeting,
  admitted,
  traits,
}: Attempt): CloseReason | undefined {
  return services.load.refusal({
    clientId: admitted!.clientId,
    class: traits!.class,
    // Whether it has a session only Redis knows, which may be what there is too little of.
    isResuming: !greeting.introduction.cleanStart,
    address: connection.transport.remoteAddress,
  });
}

/** Behind the claim, which tells what became of its earlier connections. A device that sleeps has reconnects of its own. */
export function suitKeepAlive(attempt: Attempt): undefined {
  const { services, greeting, admitted, traits, claim } = attempt;
  if (!greeting.introduction.canBeToldKeepAlive || traits!.isSleepy) return;
  const keepAliveSeconds = services.load.keepAliveFor(admitted!.keepAliveSeconds, claim!.link.flaps);
  if (keepAliveSeconds !== admitted!.keepAliveSeconds) attempt.admitted = { ...admitted!, keepAliveSeconds };
}
