import { qualityVersion } from '@tributary/protocol';
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import type { QualityFacts } from '../records/quality-facts.ts';
import { runScript, scripts } from '../scripts.ts';
import { defaultHistoryLength, eventsMaxLength, recordKeys } from './device-keys.ts';
import { qualityRecordFields, qualityValues } from './quality-fields.ts';

/** What is told of a device's link. */
export interface QualityTouch {
  readonly facts: QualityFacts;
  /**
   * `record`: only the record. `point`: a point of its timeline too. Otherwise the band before this one: an event, and a
   * line of the timeline.
   */
  readonly tell: 'record' | 'point' | { readonly previousBand: string };
}

export interface DeviceTouch {
  readonly clientId: string;
  readonly nonce: string;
  /** Unix ms. */
  readonly lastSeen: number;
  /** Of the current epoch, absolute. */
  readonly messages: number;
  readonly bytes: number;
  /** Undefined: nothing is told of its link. */
  readonly quality?: QualityTouch | undefined;
}

/** What Redis says of the devices that were touched. */
export interface Touched {
  /** Somebody else speaks for them. */
  readonly superseded: string[];
  /** Redis has lost their claim. */
  readonly lost: string[];
  /** Trouble within the last hour, for those that had any since their record began. */
  readonly troubled: { readonly clientId: string; readonly flaps: number; readonly faults: number }[];
}

/** Values of a device before those of its quality. */
const plainValues = 6;

/** Brings the device records of one partition up to date; see scripts/touch-devices.lua. `now` in Unix ms. */
export async function touchDevices(
  redis: Redis,
  keys: Keys,
  partition: number,
  node: string,
  now: number,
  touches: readonly DeviceTouch[],
  historyLength = defaultHistoryLength,
): Promise<Touched> {
  const [superseded, lost, troubled] = (await runScript(
    redis,
    scripts.touchDevices,
    recordKeys(keys, partition, touches),
    [
      node,
      now,
      eventsMaxLength,
      historyLength,
      plainValues + qualityRecordFields.length,
      qualityRecordFields.length,
      ...qualityRecordFields,
      ...touches.flatMap((touch) => valuesOf(touch, now)),
    ],
  )) as [string[], string[], (string | number)[]];
  return { superseded, lost, troubled: readTroubled(troubled) };
}

const noQuality = qualityRecordFields.map(() => '');

function valuesOf(touch: DeviceTouch, now: number): (string | number)[] {
  const { clientId, nonce, lastSeen, messages, bytes, quality } = touch;
  const plain = [clientId, nonce, lastSeen, messages, bytes];
  if (quality === undefined) return [...plain, '', ...noQuality];
  const { tell, facts } = quality;
  return [
    ...plain,
    typeof tell === 'string' ? tell : tell.previousBand,
    ...qualityValues(facts, now, qualityVersion),
  ];
}

function readTroubled(flat: readonly (string | number)[]): Touched['troubled'] {
  const troubled: Touched['troubled'] = [];
  for (let i = 0; i < flat.length; i += 3) {
    troubled.push({ clientId: String(flat[i]), flaps: Number(flat[i + 1]), faults: Number(flat[i + 2]) });
  }
  return troubled;
}

/** Adds to a device's totals what a superseded connection had sent since its record was last written. */
export async function addTotals(
  redis: Redis,
  keys: Keys,
  clientId: string,
  messages: number,
  bytes: number,
): Promise<void> {
  const device = keys.device(keys.partitionOf(clientId), clientId);
  await runScript(redis, scripts.addTotals, [device], [messages, bytes]);
}
