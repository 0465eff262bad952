import { isUtf8 } from 'node:buffer';
import { ProtocolError } from '../errors.ts';
import { maxUserProperties } from './bounds.ts';

/** Properties of a PUBLISH (MQTT 5 section 3.3.2.3). */
export interface PublishProperties {
  payloadFormat?: 0 | 1;
  /** Seconds. */
  messageExpiry?: number;
  contentType?: string;
  responseTopic?: string;
  /** A copy: it may outlive the bytes it came in. */
  correlationData?: Buffer;
  topicAlias?: number;
  user?: [string, string][];
}

const PAYLOAD_FORMAT = 0x01;
const MESSAGE_EXPIRY = 0x02;
const CONTENT_TYPE = 0x03;
const RESPONSE_TOPIC = 0x08;
const CORRELATION_DATA = 0x09;
const TOPIC_ALIAS = 0x23;
const USER_PROPERTY = 0x26;

/**
 * Reads the properties between `start` and `end`. A property that is not allowed in a PUBLISH from a client, or that
 * comes twice where it may not, is refused as the specification says (sections 2.2.2, 3.3.2.3).
 * @throws ProtocolError
 */
export function readPublishProperties(bytes: Buffer, start: number, end: number): PublishProperties {
  const found: PublishProperties = {};
  let at = start;

  const need = (count: number): number => {
    const from = at;
    at += count;
    if (at > end) throw new ProtocolError('malformed', 'property runs past the property length');
    return from;
  };
  const readBinary = (): Buffer => {
    const length = bytes.readUInt16BE(need(2));
    const from = need(length);
    return bytes.subarray(from, from + length);
  };
  const readString = (): string => {
    const raw = readBinary();
    if (!isUtf8(raw) || raw.includes(0))
      throw new ProtocolError('malformed', 'property string is not UTF-8 text');
    return raw.toString('utf8');
  };
  const once = (name: keyof PublishProperties): void => {
    if (found[name] !== undefined) throw new ProtocolError('protocol-error', `property ${name} comes twice`);
  };

  while (at < end) {
    const id = bytes[need(1)]!;
    switch (id) {
      case PAYLOAD_FORMAT: {
        once('payloadFormat');
        const format = bytes[need(1)]!;
        if (format !== 0 && format !== 1)
          throw new ProtocolError('protocol-error', 'payload format indicator above 1');
        found.payloadFormat = format;
        break;
      }
      case MESSAGE_EXPIRY:
        once('messageExpiry');
        found.messageExpiry = bytes.readUInt32BE(need(4));
        break;
      case CONTENT_TYPE:
        once('contentType');
        found.contentType = readString();
        break;
      case RESPONSE_TOPIC: {
        once('responseTopic');
        const topic = readString();
        if (/[+#]/.test(topic)) throw new ProtocolError('protocol-error', 'wildcard in a response topic');
        found.responseTopic = topic;
        break;
      }
      case CORRELATION_DATA:
        once('correlationData');
        found.correlationData = Buffer.from(readBinary());
        break;
      case TOPIC_ALIAS:
        once('topicAlias');
        found.topicAlias = bytes.readUInt16BE(need(2));
        if (found.topicAlias === 0) throw new ProtocolError('topic-alias-invalid', 'topic alias 0');
        break;
      case USER_PROPERTY:
        if ((found.user?.length ?? 0) >= maxUserProperties) {
          throw new ProtocolError('quota-exceeded', `more than ${maxUserProperties} user properties`);
        }
        (found.user ??= []).push([readString(), readString()]);
        break;
      default:
        // A Subscription Identifier is for servers to send [MQTT-3.3.4-6]; all others are unknown here.
        throw new ProtocolError(id === 0x0b ? 'protocol-error' : 'malformed', `property ${id} in a PUBLISH`);
    }
  }
  return found;
}
