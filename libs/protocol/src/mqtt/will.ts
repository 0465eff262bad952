import { ProtocolError } from '../errors.ts';
import { BodyReader } from './body-reader.ts';
import type { CodecLimits, ProtocolVersion } from './packet-type.ts';
import { checkProperties } from './property-rules.ts';
import type { PublishProperties } from './publish-properties.ts';
import { checkTopicName } from './topic.ts';

/** The message a client leaves to be published when it is gone (MQTT 5 section 3.1.2.5). Nothing in it is of the bytes it came in. */
export interface Will {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  /** Will Delay Interval: seconds between the end of the connection and the message. */
  readonly delay: number;
  /** What it is published with, user properties in their order [MQTT-3.1.3-10]; undefined where there is nothing. */
  readonly properties: PublishProperties | undefined;
}

const PAYLOAD_FORMAT = 0x01;
const MESSAGE_EXPIRY = 0x02;
const CONTENT_TYPE = 0x03;
const RESPONSE_TOPIC = 0x08;
const CORRELATION_DATA = 0x09;
const WILL_DELAY = 0x18;

/**
 * Reads the will that stands next in a CONNECT.
 * @throws ProtocolError
 */
export function readWill(
  body: BodyReader,
  qos: 0 | 1 | 2,
  retain: boolean,
  version: ProtocolVersion,
  limits: CodecLimits,
): Will {
  const found = version === 5 ? readWillProperties(body) : { delay: 0, properties: undefined };
  const topic = body.binary();
  if (topic.length === 0) throw new ProtocolError('topic-name-invalid', 'empty will topic');
  checkTopicName(topic, 0, topic.length, limits);
  return { topic: topic.toString('utf8'), payload: Buffer.from(body.binary()), qos, retain, ...found };
}

function readWillProperties(body: BodyReader): Pick<Will, 'delay' | 'properties'> {
  const start = body.at;
  checkProperties(body, 'will');
  const whole = new BodyReader(body.bytes, start, body.at);
  const part = whole.part(whole.varint());
  const properties: PublishProperties = {};
  let delay = 0;
  while (!part.isAtEnd) {
    const id = part.byte();
    if (id === WILL_DELAY) delay = part.uint32();
    else readProperty(part, id, properties);
  }
  return { delay, properties: Object.keys(properties).length > 0 ? properties : undefined };
}

/** A property that was checked before. */
function readProperty(part: BodyReader, id: number, properties: PublishProperties): void {
  switch (id) {
    case PAYLOAD_FORMAT:
      properties.payloadFormat = part.byte() as 0 | 1;
      break;
    case MESSAGE_EXPIRY:
      properties.messageExpiry = part.uint32();
      break;
    case CONTENT_TYPE:
      properties.contentType = part.text();
      break;
    case RESPONSE_TOPIC:
      properties.responseTopic = part.text();
      break;
    case CORRELATION_DATA:
      properties.correlationData = Buffer.from(part.binary());
      break;
    default:
      (properties.user ??= []).push([part.text(), part.text()]);
  }
}
