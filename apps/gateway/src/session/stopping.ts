import type { CloseReason } from '@tributary/protocol';
import { withDeadline } from '@tributary/runtime';
import { PauseCause } from '../connection/pause-cause.ts';
import type { SessionRegistry } from './registry.ts';
import type { Session } from './session.ts';

/**
 * Lets every session go: reading stops at once, what was read is answered first, then the device is told `reason`.
 * Resolves when all are closed and answered, or after `waitMs`, by when every connection is closed all the same.
 */
export async function drainSessions(
  registry: SessionRegistry,
  reason: CloseReason,
  waitMs: number,
): Promise<void> {
  const sessions = [...registry.all()];
  for (const session of sessions) session.connection.pause(PauseCause.STOPPING);
  const all = Promise.all(sessions.map((session) => letGo(session, reason)));
  await withDeadline<unknown>(all, waitMs, () => {});
  for (const session of sessions) session.close(reason);
}

async function letGo(session: Session, reason: CloseReason): Promise<void> {
  await session.upstream.answered();
  session.close(reason);
  await session.finished();
}
