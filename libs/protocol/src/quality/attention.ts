import type { ServiceClass } from './vocabulary.ts';

/** What the order of attention looks at. */
export interface AttentionFacts {
  /** 0..100; undefined is unknown. */
  score: number | undefined;
  /** Name of the service class; an unknown name counts as `standard`. */
  class: string;
  messagesPerSecond: number;
  bytesPerSecond: number;
  /** Unplanned reconnects in the last hour. */
  flaps: number;
}

/** How much a point lost by a device of this class weighs. */
export const criticality: Readonly<Record<ServiceClass, number>> = { critical: 1, standard: 0.5, bulk: 0.25 };

/** An unknown device comes before the healthy ones and after the troubled ones, as if it had lost this share. */
export const unknownDeficit = 0.1;

/** Impact of a device that sends nothing: its trouble still counts, but half as much as that of a busy one. */
export const silentImpact = 0.5;

/** From here on a device counts as fully busy. */
export const busyMessagesPerSecond = 100;
export const busyBytesPerSecond = 100_000;
export const busyFlaps = 60;

/**
 * The order in which an operator should look, 0..1000: criticality × points lost × impact. Impact is the largest of
 * what the device sends (messages, bytes; on a log scale) and the reconnects it causes.
 */
export function attentionOf(facts: AttentionFacts): number {
  const deficit = facts.score === undefined ? unknownDeficit : (100 - clamp(facts.score, 100)) / 100;
  return Math.round(1000 * criticalityOf(facts.class) * deficit * impactOf(facts));
}

const criticalityOf = (className: string): number =>
  Object.hasOwn(criticality, className) ? criticality[className as ServiceClass] : criticality.standard;

function impactOf({ messagesPerSecond, bytesPerSecond, flaps }: AttentionFacts): number {
  const load = Math.max(
    logShare(messagesPerSecond, busyMessagesPerSecond),
    logShare(bytesPerSecond, busyBytesPerSecond),
    logShare(flaps, busyFlaps),
  );
  return silentImpact + (1 - silentImpact) * load;
}

const logShare = (value: number, full: number): number => Math.log1p(clamp(value, full)) / Math.log1p(full);

const clamp = (value: number, most: number): number => (value > 0 ? Math.min(value, most) : 0);
