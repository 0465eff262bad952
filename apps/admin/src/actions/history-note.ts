import { noteAction, type DeviceAction } from '@tributary/backplane';
import type { ActionParts } from './parts.ts';

/** Writes an action into the history of its device, in its own time: nobody waits for it, and nothing depends on it. */
export function noteInHistory(
  action: DeviceAction,
  { keys, store, logger }: Pick<ActionParts, 'keys' | 'store' | 'logger'>,
): void {
  keys()
    .then((known) => noteAction(store.redis, known, action))
    .catch((error: unknown) =>
      logger.debug(
        { err: error, device: action.device },
        'an action is missing in the history of its device',
      ),
    );
}
