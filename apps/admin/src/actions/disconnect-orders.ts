import { sendControls, type Keys, type Owner } from '@tributary/backplane';
import { askForChange } from '../redis/ask.ts';
import type { RunningOperation } from './operation.ts';
import type { ActionParts } from './parts.ts';

/** How long a node may take until it reads an order; later it leaves it alone, ms. */
const orderLivesMs = 10_000;

/**
 * Sends the order to disconnect to the owner of each device, and counts those that have none. Each order names the very
 * connection that stands now.
 * @param owners of `devices`, in their order
 * @throws HttpProblem 503 when Redis may not have taken it; then only the answers tell, or their lack
 */
export async function orderDisconnects(
  operation: RunningOperation,
  devices: readonly string[],
  owners: readonly (Owner | undefined)[],
  keys: Keys,
  { clock, store }: Pick<ActionParts, 'clock' | 'store'>,
): Promise<void> {
  const { id: op, reason, by } = operation.facts;
  const now = clock.now();
  const messages = devices.flatMap((device, i) => {
    const owner = owners[i];
    if (owner === undefined) return [];
    operation.asked(device, clock.monotonic());
    const { epoch, node } = owner;
    const message = { type: 'disconnect', op, device, epoch, reason, by, until: now + orderLivesMs } as const;
    return [{ to: node, message }];
  });
  operation.decided('not-connected', devices.length - messages.length, now);
  if (messages.length > 0) await askForChange(store, (redis) => sendControls(redis, keys, messages));
}
