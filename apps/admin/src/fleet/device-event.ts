import { countOf, parseQuality, parseTags, type QualityRecordField } from '@tributary/backplane';
import type { ClassEvent, ConnectedEvent, DisconnectedEvent, SupersededEvent } from '@tributary/protocol';
import type { QualityChange } from './apply-quality.ts';

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
> & {
  tags: Readonly<Record<string, string>>;
  sleepy: boolean;
};

/** What the index needs to know of a device that left. Counts are absent when the node died. */
export type Departure = Pick<DisconnectedEvent, 'device' | 'epoch' | 'ts' | 'node' | 'by'> & {
  reason: string;
  messages?: number;
  bytes?: number;
};

/** What the index needs to know of a device that is of another service class. */
export type ClassMove = Pick<ClassEvent, 'device' | 'epoch' | 'ts' | 'node'> & { class: string };

export type DeviceChange =
  | ({ kind: 'arrival' } & Arrival)
  | ({ kind: 'departure' } & Departure)
  | ({ kind: 'class' } & ClassMove)
  | ({ kind: 'quality' } & QualityChange);

/** Reads an entry of an event stream; undefined for kinds that do not concern the index and for entries that are none. */
export function parseDeviceEvent(fields: ReadonlyMap<string, string>): DeviceChange | undefined {
  const text = (name: string): string => fields.get(name) ?? '';
  const base = {
    device: text('device'),
    epoch: countOf(fields.get('epoch')),
    ts: countOf(fields.get('ts')),
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
        keepAlive: countOf(fields.get('keepAlive')),
        tags: parseTags(text('tags')),
        sleepy: text('sleepy') === '1',
      };
    case 'disconnected':
      return {
        kind: 'departure',
        ...base,
        reason: text('reason'),
        by: text('by'),
        ...(fields.has('messages') && { messages: countOf(fields.get('messages')) }),
        ...(fields.has('bytes') && { bytes: countOf(fields.get('bytes')) }),
      };
    case 'class':
      return { kind: 'class', ...base, class: text('class') };
    case 'quality': {
      // Events call the score what it is; the record has it as `quality`.
      const nameOf = (field: QualityRecordField): string => (field === 'quality' ? 'score' : field);
      return { kind: 'quality', ...base, ...parseQuality((field) => text(nameOf(field))) };
    }
    default:
      return undefined;
  }
}
