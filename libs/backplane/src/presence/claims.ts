import { type ConnectionFacts, qualityVersion, type ServiceClass } from '@tributary/protocol';
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import type { QualityFacts } from '../records/quality-facts.ts';
import { runScript, scripts } from '../scripts.ts';
import { defaultHistoryLength, defaultUplinkMaxLength, deviceKeys, eventsMaxLength } from './device-keys.ts';
import { qualityRecordFields, qualityValues } from './quality-fields.ts';

export interface ClaimRequest extends Omit<ConnectionFacts, 'sessionPresent' | 'tags' | 'sleepy'> {
  readonly clientId: string;
  /** Random per connection; the same claim asked twice is answered alike. No blanks. */
  readonly nonce: string;
  /** `id.incarnation`. */
  readonly node: string;
  /** Unix ms. */
  readonly now: number;
  /** Seconds; 4294967295 is for ever. */
  readonly sessionExpiry: number;
  /** As `encodeMessageRecord` makes it, with its delay. */
  readonly will?: Buffer | undefined;
  /** About how many entries `up` keeps, should the previous will be fired. */
  readonly uplinkMaxLength?: number;
  readonly tags?: Readonly<Record<string, string>>;
  /** Declared to sleep: its silence and its reconnects are no trouble. */
  readonly isSleepy?: boolean;
  /** About how many lines its timeline keeps. */
  readonly historyLength?: number;
}

/** What Redis remembers of a device's link from connection to connection. */
export interface LinkPast {
  /** Unplanned reconnects within the last hour, this one included. */
  readonly flaps: number;
  /** Connections within the last hour that ended by the device's fault. */
  readonly faults: number;
  /** The band that was told last, '' when none was. */
  readonly band: string;
}

/** A QoS 2 message from the device that it has not released yet. */
export interface ReceivedMessage {
  readonly epoch: number;
  readonly seq: number;
  /** Its subscribers have it, or it was never to have any. */
  readonly isRouted: boolean;
}

export interface QueueState {
  /** The last n that was given. */
  readonly counter: number;
  /** The highest n that may have been sent to the device. */
  readonly sent: number;
  readonly length: number;
  /** QoS 2 messages to the device whose PUBREC came and whose PUBCOMP has not: their n, ascending. */
  readonly awaitingComplete: readonly number[];
}

export interface Claim {
  readonly epoch: number;
  readonly sessionPresent: boolean;
  /** Over a live owner: its epoch and node. */
  readonly previous: { readonly epoch: number; readonly node: string } | undefined;
  /** By packet id: QoS 2 messages stored and not yet released. */
  readonly receiving: ReadonlyMap<number, ReceivedMessage>;
  /** Filter → options as JSON. */
  readonly subscriptions: ReadonlyMap<string, string>;
  readonly queue: QueueState;
  /**
   * Entry in `up` of the previous connection's will, fired by this claim: its fan-out is for the caller, and for a
   * keeper when the caller does not come to it. A claim that is asked again does not tell it again.
   */
  readonly firedWill: string | undefined;
  readonly link: LinkPast;
}

/** Claims the right to speak for a device; see scripts/claim.lua. */
export async function claimDevice(redis: Redis, keys: Keys, request: ClaimRequest): Promise<Claim> {
  const { clientId } = request;
  const p = keys.partitionOf(clientId);
  const reply = (await runScript(
    redis,
    scripts.claim,
    [...deviceKeys(keys, p, clientId), keys.epoch(p)],
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
      request.uplinkMaxLength ?? defaultUplinkMaxLength,
      request.will ?? '',
      tagsJson(request.tags),
      request.isSleepy === true ? 1 : '',
      request.historyLength ?? defaultHistoryLength,
    ],
  )) as [number, number, number, string, string[], number, number, number, string, number, number, string];
  const [epoch, present, previousEpoch, previousNode, held, counter, sent, length, fired, ...link] = reply;
  const [flaps, faults, band] = link;
  const { receiving, awaitingComplete, subscriptions } = readHeld(held);
  return {
    epoch,
    sessionPresent: present === 1,
    previous: previousEpoch > 0 ? { epoch: previousEpoch, node: previousNode } : undefined,
    receiving,
    subscriptions,
    queue: { counter, sent, length, awaitingComplete },
    firedWill: fired === '' ? undefined : fired,
    link: { flaps, faults, band },
  };
}

function tagsJson(tags: Readonly<Record<string, string>> | undefined): string {
  return tags === undefined || Object.keys(tags).length === 0 ? '' : JSON.stringify(tags);
}

function readHeld(held: readonly string[]): {
  receiving: Map<number, ReceivedMessage>;
  awaitingComplete: number[];
  subscriptions: Map<string, string>;
} {
  const receiving = new Map<number, ReceivedMessage>();
  const awaitingComplete: number[] = [];
  const subscriptions = new Map<string, string>();
  for (let i = 0; i < held.length; i += 2) {
    const field = held[i]!;
    const value = held[i + 1]!;
    if (field.startsWith('rx:')) receiving.set(Number(field.slice(3)), readReceived(value));
    else if (field.startsWith('tx:')) awaitingComplete.push(Number(field.slice(3)));
    else if (field.startsWith('sub:')) subscriptions.set(field.slice(4), value);
  }
  awaitingComplete.sort((a, b) => a - b);
  return { receiving, awaitingComplete, subscriptions };
}

/** `EPOCH/SEQ/ENTRYID`, and `/u` behind it while it is not routed. */
function readReceived(record: string): ReceivedMessage {
  const [epoch, seq, , mark] = record.split('/');
  return { epoch: Number(epoch), seq: Number(seq), isRouted: mark !== 'u' };
}

/** What an end says of the link: nothing, that it failed, or that the device broke a rule. */
export type Ending = 'planned' | 'unplanned' | 'fault';

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
  /** The highest n of its queue that may have been sent to the device. */
  readonly sent?: number;
  /** Whether this end fires the will, at once or after its delay; else the will is dropped. */
  readonly firesWill?: boolean;
  readonly uplinkMaxLength?: number;
  /** `unplanned` where it is not said: then the return counts as a flap. */
  readonly ending?: Ending;
  readonly historyLength?: number;
  /** The class it has by the rules: what raised it meanwhile is over. Undefined: it never had another. */
  readonly baseClass?: ServiceClass | undefined;
  /** How its link was at the end, where that was measured. */
  readonly quality?: QualityFacts | undefined;
}

export interface Released {
  /** The epoch that was released, or 0 when another connection owns the device. */
  readonly epoch: number;
  /** Entry in `up` of the will, fired by this release; as `Claim.firedWill`. */
  readonly firedWill: string | undefined;
}

/** Fields of the record and their values, in turn. */
function qualityFieldsOf({ quality, now }: Release): string[] {
  if (quality === undefined) return [];
  const values = qualityValues(quality, now, qualityVersion);
  return qualityRecordFields.flatMap((field, i) => [field, values[i]!]);
}

/** Ends a claim; see scripts/release.lua. */
export async function releaseDevice(redis: Redis, keys: Keys, release: Release): Promise<Released> {
  const { clientId } = release;
  const [epoch, fired] = (await runScript(
    redis,
    scripts.release,
    deviceKeys(keys, keys.partitionOf(clientId), clientId),
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
      release.sent ?? 0,
      release.firesWill === true ? 1 : 0,
      release.uplinkMaxLength ?? defaultUplinkMaxLength,
      release.ending ?? 'unplanned',
      release.historyLength ?? defaultHistoryLength,
      release.baseClass ?? '',
      ...qualityFieldsOf(release),
    ],
  )) as [number, string];
  return { epoch, firedWill: fired === '' ? undefined : fired };
}
