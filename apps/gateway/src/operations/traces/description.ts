import type { TraceEvent } from '@tributary/backplane';

/** What is told of one packet or frame, apart from when and whose it is. */
export type Description = Omit<TraceEvent, 'ts' | 'node' | 'device' | 'epoch' | 'direction'>;

/** A description, and the bytes of a message where it is one; valid only as long as the packet is. */
export interface Described {
  readonly told: Description;
  readonly payload?: Uint8Array | undefined;
  /** The topic alias a PUBLISH sets or uses. */
  readonly alias?: number | undefined;
}

/** Longest topic that is told whole, characters. */
const maxTopicLength = 256;
/** Longest words beside it. */
const maxDetailLength = 512;

export const shortTopic = (topic: string): string => shortened(topic, maxTopicLength);
export const shortDetail = (detail: string): string => shortened(detail, maxDetailLength);

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** The words that hold, with a blank between them; undefined when none does. */
export function words(...all: readonly (string | false | undefined)[]): string | undefined {
  const said = all.filter((word) => typeof word === 'string' && word !== '').join(' ');
  return said === '' ? undefined : shortDetail(said);
}
