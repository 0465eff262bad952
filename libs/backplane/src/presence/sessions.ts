import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { runScript, scripts } from '../scripts.ts';

export interface SubscriptionChange {
  readonly clientId: string;
  /** Must still speak for the device. */
  readonly epoch: number;
  /** Filter → options as JSON. */
  readonly added: ReadonlyMap<string, string>;
  readonly removed: readonly string[];
  /** Whether the session outlives its connection: only then others may route to it through Redis. */
  readonly isPersistent: boolean;
}

export type SubscriptionAnswer =
  /** `version`: of the partition's routes, after the change. */
  | { readonly status: 'done'; readonly version: number }
  /** `superseded`: somebody else speaks for the device; `lost`: Redis lost the claim. Nothing was changed. */
  | { readonly status: 'superseded' | 'lost' };

/**
 * Adds and removes subscriptions of a session, and the routes of a persistent one, each change of which is an entry of
 * the routes' log. What is there already, or not there, is no change.
 */
export async function changeSubscriptions(
  redis: Redis,
  keys: Keys,
  change: SubscriptionChange,
): Promise<SubscriptionAnswer> {
  const { clientId, epoch, added, removed, isPersistent } = change;
  const p = keys.partitionOf(clientId);
  const [done, version] = (await runScript(
    redis,
    scripts.subscribe,
    [keys.online(p), keys.session(p, clientId), keys.routes(p), keys.routesLog(p)],
    [clientId, epoch, isPersistent ? 1 : 0, added.size, ...[...added].flat(), ...removed],
  )) as [number, number];
  if (done === 1) return { status: 'done', version };
  return { status: done === 0 ? 'superseded' : 'lost' };
}

/**
 * Marks a QoS 2 message from the device as routed, so that its repetition need not be; does nothing when `epoch` no
 * longer speaks for the device.
 * @param message which one `packetId` stands for; without it, whichever it stands for by now
 */
export async function markRouted(
  redis: Redis,
  keys: Keys,
  clientId: string,
  epoch: number,
  packetId: number,
  message?: { readonly epoch: number; readonly seq: number },
): Promise<void> {
  const p = keys.partitionOf(clientId);
  const record = message === undefined ? '' : `${message.epoch}/${message.seq}/`;
  await runScript(
    redis,
    scripts.markRouted,
    [keys.online(p), keys.session(p, clientId)],
    [clientId, epoch, packetId, record],
  );
}
