import type { MessageProperties } from '@tributary/protocol';
import { BrokenRecord, type StoredMessage } from './message-record.ts';

/** Fields of a stream entry by name, as bytes. */
export function readFields(flat: readonly Buffer[]): Map<string, Buffer> {
  const fields = new Map<string, Buffer>();
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(flat[i]!.toString(), flat[i + 1]!);
  return fields;
}

/** @throws BrokenRecord when there is no such field */
export function textOf(fields: ReadonlyMap<string, Buffer>, name: string): string {
  const value = fields.get(name);
  if (value === undefined) throw new BrokenRecord(`no field ${name}`);
  return value.toString();
}

/** @throws BrokenRecord when there is no such field, or it is no whole number */
export function numberOf(fields: ReadonlyMap<string, Buffer>, name: string): number {
  const text = textOf(fields, name);
  const value = Number(text);
  if (text === '' || !Number.isSafeInteger(value)) throw new BrokenRecord(`${name} is no whole number`);
  return value;
}

/** What uplink and queue entries have in common. @throws BrokenRecord */
export function readCommonFields(
  fields: ReadonlyMap<string, Buffer>,
): Pick<StoredMessage, 'topic' | 'qos' | 'retain' | 'payload' | 'ts' | 'contentType' | 'props'> {
  const payload = fields.get('payload');
  const qos = numberOf(fields, 'qos');
  if (payload === undefined) throw new BrokenRecord('no field payload');
  if (qos !== 0 && qos !== 1 && qos !== 2) throw new BrokenRecord(`QoS ${qos}`);
  return {
    topic: textOf(fields, 'topic'),
    qos,
    retain: fields.get('retain')?.toString() === '1',
    payload,
    ts: numberOf(fields, 'ts'),
    contentType: fields.get('ctype')?.toString(),
    props: readProps(fields.get('props')),
  };
}

function readProps(json: Buffer | undefined): MessageProperties | undefined {
  if (json === undefined) return undefined;
  try {
    return JSON.parse(json.toString()) as MessageProperties;
  } catch (cause) {
    throw new BrokenRecord('props is not JSON', { cause });
  }
}

/**
 * An entry of `up`, such as a fired will, as the message it is; its expiry becomes a time.
 * @param flat names and values in turn
 * @throws BrokenRecord
 */
export function uplinkEntryToMessage(flat: readonly Buffer[]): StoredMessage {
  const fields = readFields(flat);
  const common = readCommonFields(fields);
  const { messageExpiry, ...rest } = common.props ?? {};
  return {
    ...common,
    from: textOf(fields, 'device'),
    epoch: numberOf(fields, 'epoch'),
    seq: numberOf(fields, 'seq'),
    expiresAt: messageExpiry === undefined ? undefined : common.ts + messageExpiry * 1000,
    props: Object.keys(rest).length === 0 ? undefined : rest,
  };
}
