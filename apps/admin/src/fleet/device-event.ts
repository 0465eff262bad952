import type { ConnectedEvent, DisconnectedEvent, SupersededEvent } from '@tributary/protocol';
import { readCount } from './device-record.ts';

/** What the index needs to know of a device that came in. */
export type Arrival = Pick<
  ConnectedEvent | SupersededEvent,
  | 'device'
  | 'epoch'
  | 'ts'
  | 'node'
  | 'protocol'
  | 'transport'
  | 'listener'
  | 'address'
  | 'class'
  | 'keepAlive'
>;

/** What the index needs to know of a device that left. Counts are absent when the node died. */
export type Departure = Pick<DisconnectedEvent, 'device' | 'epoch' | 'ts' | 'node' | 'by'> & {
  reason: string;
  messages?: number;
  bytes?: number;
};

export type PresenceChange = ({ kind: 'arrival' } & Arrival) | ({ kind: 'departure' } & Departure);

/** Reads an entry of an event stream; undefined for kinds that do not concern presence and for entries that are none. */
export function parsePresence(fields: ReadonlyMap<string, string>): PresenceChange | undefined {
  const text = (name: string): string => fields.get(name) ?? '';
  const base = {
    device: text('device'),
    epoch: readCount(fields.get('epoch')),
    ts: readCount(fields.get('ts')),
    node: text('node'),
  };
  if (base.device === '' || base.epoch === 0) return undefined;
  switch (text('type')) {
    case 'connected':
    case 'superseded':
      return {
        kind: 'arrival',
        ...base,
        protocol: text('protocol'),
        transport: text('transport'),
        listener: text('listener'),
        address: text('address'),
        class: text('class'),
        keepAlive: readCount(fields.get('keepAlive')),
      };
    case 'disconnected':
      return {
        kind: 'departure',
        ...base,
        reason: text('reason'),
        by: text('by'),
        ...(fields.has('messages') && { messages: readCount(fields.get('messages')) }),
        ...(fields.has('bytes') && { bytes: readCount(fields.get('bytes')) }),
      };
    default:
      return undefined;
  }
}
