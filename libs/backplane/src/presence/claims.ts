import type { ConnectionFacts } from '@tributary/protocol';
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { runScript, scripts } from '../scripts.ts';

/** How many events a partition's stream keeps, about. */
export const eventsMaxLength = 100_000;

export interface ClaimRequest extends Omit<ConnectionFacts, 'sessionPresent'> {
  readonly clientId: string;
  /** Random per connection; the same claim asked twice is answered alike. No blanks. */
  readonly nonce: string;
  /** `id.incarnation`. */
  readonly node: string;
  /** Unix ms. */
  readonly now: number;
  /** Seconds; 4294967295 is for ever. */
  readonly sessionExpiry: number;
}

export interface Claim {
  readonly epoch: number;
  readonly sessionPresent: boolean;
  /** Over a live owner: its epoch and node. */
  readonly previous: { readonly epoch: number; readonly node: string } | undefined;
  /** Packet ids of QoS 2 messages stored and not yet released. */
  readonly awaitingRelease: readonly number[];
  /** Filter → options as JSON. */
  readonly subscriptions: ReadonlyMap<string, string>;
}

/** Claims the right to speak for a device; see scripts/claim.lua. */
export async function claimDevice(redis: Redis, keys: Keys, request: ClaimRequest): Promise<Claim> {
  const { clientId } = request;
  const p = keys.partitionOf(clientId);
  const reply = (await runScript(
    redis,
    scripts.claim,
    [
      keys.online(p),
      keys.epoch(p),
      keys.events(p),
      keys.session(p, clientId),
      keys.queue(p, clientId),
      keys.device(p, clientId),
      keys.timers(p),
    ],
    [
      clientId,
      request.nonce,
      request.node,
      request.now,
      request.cleanStart ? 1 : 0,
      request.sessionExpiry,
      eventsMaxLength,
      request.protocol,
      request.transport,
      request.listener,
      request.address,
      request.class,
      request.keepAlive,
    ],
  )) as [number, number, number, string, string[]];
  const [epoch, present, previousEpoch, previousNode, held] = reply;
  const awaitingRelease: number[] = [];
  const subscriptions = new Map<string, string>();
  for (let i = 0; i < held.length; i += 2) {
    const field = held[i]!;
    if (field.startsWith('rx:')) awaitingRelease.push(Number(field.slice(3)));
    else if (field.startsWith('sub:')) subscriptions.set(field.slice(4), held[i + 1]!);
  }
  return {
    epoch,
    sessionPresent: present === 1,
    previous: previousEpoch > 0 ? { epoch: previousEpoch, node: previousNode } : undefined,
    awaitingRelease,
    subscriptions,
  };
}

export interface Release {
  readonly clientId: string;
  /** 0 when the claim was never answered. */
  readonly epoch: number;
  readonly nonce: string;
  /** Unix ms of the end. */
  readonly now: number;
  readonly reason: string;
  readonly by: string;
  readonly durationMs: number;
  readonly lastSeq: number;
  readonly messages: number;
  readonly bytes: number;
  readonly dropped: number;
  readonly unknown: number;
  /** Unix ms. */
  readonly lastSeen: number;
  /** Seconds; undefined leaves the session's expiry as it is. */
  readonly sessionExpiry: number | undefined;
  /** Seconds the device record is kept. */
  readonly recordSeconds: number;
}

/**
 * Ends a claim; see scripts/release.lua.
 * @returns the epoch released, or 0 when another connection owns the device
 */
export async function releaseDevice(redis: Redis, keys: Keys, release: Release): Promise<number> {
  const { clientId } = release;
  const p = keys.partitionOf(clientId);
  const released = await runScript(
    redis,
    scripts.release,
    [
      keys.online(p),
      keys.events(p),
      keys.session(p, clientId),
      keys.queue(p, clientId),
      keys.device(p, clientId),
      keys.timers(p),
    ],
    [
      clientId,
      release.nonce,
      release.now,
      eventsMaxLength,
      release.reason,
      release.by,
      release.durationMs,
      release.lastSeq,
      release.messages,
      release.bytes,
      release.dropped,
      release.unknown,
      release.lastSeen,
      release.sessionExpiry ?? '',
      release.recordSeconds,
      release.epoch,
    ],
  );
  return released as number;
}
