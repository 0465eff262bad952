import { ProtocolError } from '../errors.ts';
import type { BodyReader } from './body-reader.ts';
import { maxUserProperties } from './bounds.ts';

/** Where properties stand that a client sends (MQTT 5 table 2-4), but for PUBLISH, which has a reader of its own. */
export type PropertyPlace = 'connect' | 'will' | 'ack' | 'subscribe' | 'unsubscribe' | 'disconnect' | 'auth';

interface Rule {
  readonly places: readonly PropertyPlace[];
  /** Steps over the value; says what is wrong with it, if anything. */
  readonly read: (body: BodyReader) => string | undefined | void;
}

const flag = (body: BodyReader): string | undefined => (body.byte() > 1 ? 'is neither 0 nor 1' : undefined);
const notZero = (value: number): string | undefined => (value === 0 ? 'is 0' : undefined);
const text = (body: BodyReader): void => void body.text();

const everywhere: readonly PropertyPlace[] = [
  'connect',
  'will',
  'ack',
  'subscribe',
  'unsubscribe',
  'disconnect',
  'auth',
];
const USER_PROPERTY = 0x26;

const rules: Readonly<Record<number, Rule>> = {
  0x01: { places: ['will'], read: flag }, // payload format indicator
  0x02: { places: ['will'], read: (body) => void body.uint32() }, // message expiry interval
  0x03: { places: ['will'], read: text }, // content type
  0x08: { places: ['will'], read: (body) => (/[+#]/.test(body.text()) ? 'has a wildcard' : undefined) }, // response topic
  0x09: { places: ['will'], read: (body) => void body.binary() }, // correlation data
  0x0b: { places: ['subscribe'], read: (body) => notZero(body.varint()) }, // subscription identifier
  0x11: { places: ['connect', 'disconnect'], read: (body) => void body.uint32() }, // session expiry interval
  0x15: { places: ['connect', 'auth'], read: text }, // authentication method
  0x16: { places: ['connect', 'auth'], read: (body) => void body.binary() }, // authentication data
  0x17: { places: ['connect'], read: flag }, // request problem information
  0x18: { places: ['will'], read: (body) => void body.uint32() }, // will delay interval
  0x19: { places: ['connect'], read: flag }, // request response information
  0x1c: { places: ['disconnect'], read: () => 'is for servers to send' }, // server reference
  0x1f: { places: ['ack', 'disconnect', 'auth'], read: text }, // reason string
  0x21: { places: ['connect'], read: (body) => notZero(body.uint16()) }, // Receive Maximum
  0x22: { places: ['connect'], read: (body) => void body.uint16() }, // Topic Alias Maximum
  [USER_PROPERTY]: {
    places: everywhere,
    read: (body) => {
      body.text();
      body.text();
    },
  },
  0x27: { places: ['connect'], read: (body) => notZero(body.uint32()) }, // Maximum Packet Size
};

/**
 * Checks the property length and the properties that stand next, and steps over them. An identifier that is unknown or
 * not valid here is malformed (MQTT 5 section 2.2.2.2); one that comes twice or has a forbidden value is a protocol
 * error. More user properties than a packet may have are `quota-exceeded`.
 * @returns the identifiers found
 * @throws ProtocolError
 */
export function checkProperties(body: BodyReader, place: PropertyPlace): ReadonlySet<number> {
  const part = body.part(body.varint());
  const found = new Set<number>();
  let users = 0;
  while (!part.isAtEnd) {
    const id = part.byte();
    const rule = rules[id];
    if (rule === undefined || !rule.places.includes(place)) {
      throw new ProtocolError('malformed', `property ${id} is not allowed here`);
    }
    if (id === USER_PROPERTY) {
      if (++users > maxUserProperties)
        throw new ProtocolError('quota-exceeded', `more than ${maxUserProperties} user properties`);
    } else if (found.has(id)) throw new ProtocolError('protocol-error', `property ${id} comes twice`);
    found.add(id);
    const fault = rule.read(part);
    if (typeof fault === 'string') throw new ProtocolError('protocol-error', `property ${id} ${fault}`);
  }
  return found;
}
