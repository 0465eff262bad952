import { ProtocolError } from '../errors.ts';
import { parseSharedFilter } from '../mqtt/shared-filter.ts';
import {
  boolean,
  checkNames,
  type Fields,
  isBase64,
  optional,
  refuse,
  requiredId,
  shortBytes,
  shortText,
  textField,
  textOf,
  whole,
} from './fields.ts';
import type { DeviceFrame, HelloFrame, PublishFrame, WantedTopic } from './frames.ts';

const fieldsOf: Record<DeviceFrame['type'], ReadonlySet<string>> = {
  hello: new Set(
    'type clientId cleanStart expiry keepAlive user password tags resumeKey resumeEpoch'.split(' '),
  ),
  proof: new Set(['type', 'proof']),
  publish: new Set(
    'type id topic payload encoding contentType retain responseTopic correlation expiry'.split(' '),
  ),
  subscribe: new Set(['type', 'id', 'topics']),
  unsubscribe: new Set(['type', 'id', 'topics']),
  ack: new Set(['type', 'id']),
  ping: new Set(['type']),
  bye: new Set(['type']),
};
const topicFields: ReadonlySet<string> = new Set(['filter', 'qos', 'noLocal', 'retainHandling']);

/** Topics of one `subscribe` or `unsubscribe`. */
const maxTopics = 100;

/**
 * Reads one text frame of a plain device.
 * @throws ProtocolError `malformed` when it is no JSON object, `protocol-error` when a field is missing, unknown or of a
 *   wrong kind; the message names the field
 */
export function parseDeviceFrame(text: string): DeviceFrame {
  const frame = jsonObject(text);
  const type = frame['type'];
  if (typeof type !== 'string' || !Object.hasOwn(fieldsOf, type))
    refuse('type', 'hello, proof, publish, subscribe, unsubscribe, ack, ping or bye');
  checkNames(frame, fieldsOf[type as DeviceFrame['type']]);
  switch (type as DeviceFrame['type']) {
    case 'hello':
      return hello(frame);
    case 'proof':
      return { type: 'proof', proof: bytes32(frame, 'proof') ?? refuse('proof', 'base64 of 32 bytes') };
    case 'publish':
      return publish(frame);
    case 'subscribe':
      return { type: 'subscribe', id: requiredId(frame), topics: topics(frame).map(wantedTopic) };
    case 'unsubscribe':
      return {
        type: 'unsubscribe',
        id: requiredId(frame),
        topics: topics(frame).map((filter, i) => textOf(filter, `topics[${i}]`)),
      };
    case 'ack':
      return { type: 'ack', id: requiredId(frame) };
    case 'ping':
      return { type: 'ping' };
    case 'bye':
      return { type: 'bye' };
  }
}

function jsonObject(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own words quote the frame, and what stands there may be a password.
    throw new ProtocolError('malformed', 'frame is not JSON');
  }
  if (!isObject(value)) throw new ProtocolError('malformed', 'frame is not a JSON object');
  return value;
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function hello(frame: Fields): HelloFrame {
  return {
    type: 'hello',
    ...optional('clientId', textField(frame, 'clientId')),
    cleanStart: boolean(frame, 'cleanStart', true),
    expiry: whole(frame, 'expiry', 0, 0xffff_ffff) ?? 0,
    keepAlive: whole(frame, 'keepAlive', 0, 0xffff) ?? 60,
    ...optional('user', textField(frame, 'user')),
    ...optional('password', textField(frame, 'password')),
    ...optional('tags', tagsField(frame)),
    ...optional('resumeKey', bytes32(frame, 'resumeKey')),
    ...optional('resumeEpoch', whole(frame, 'resumeEpoch', 1, Number.MAX_SAFE_INTEGER)),
  };
}

/** A key, a nonce or a proof of secure resume. */
function bytes32(frame: Fields, name: string): Buffer | undefined {
  const bytes = shortBytes(frame, name);
  if (bytes !== undefined && bytes.length !== 32) refuse(name, 'base64 of 32 bytes');
  return bytes;
}

/** Only its kind is checked: a tag that does not fit is no reason to turn a device away. */
function tagsField({ tags }: Fields): Fields | undefined {
  if (tags !== undefined && !isObject(tags)) refuse('tags', 'an object of texts');
  return tags;
}

function publish(frame: Fields): PublishFrame {
  const responseTopic = shortText(frame, 'responseTopic');
  if (responseTopic !== undefined && (responseTopic === '' || /[+#]/.test(responseTopic)))
    refuse('responseTopic', 'a topic name');
  return {
    type: 'publish',
    ...optional('id', whole(frame, 'id', 1, Number.MAX_SAFE_INTEGER)),
    topic: textField(frame, 'topic') ?? refuse('topic', 'a text'),
    payload: payloadBytes(frame),
    ...optional('contentType', shortText(frame, 'contentType')),
    retain: boolean(frame, 'retain', false),
    ...optional('responseTopic', responseTopic),
    ...optional('correlation', shortBytes(frame, 'correlation')),
    ...optional('expiry', whole(frame, 'expiry', 0, 0xffff_ffff)),
  };
}

function payloadBytes(frame: Fields): Buffer {
  const { payload, encoding } = frame;
  if (payload === undefined) refuse('payload', 'required');
  if (encoding === undefined) return Buffer.from(typeof payload === 'string' ? payload : jsonText(payload));
  if (encoding !== 'base64') refuse('encoding', '"base64" or absent');
  if (!isBase64(payload)) refuse('payload', 'base64 text');
  return Buffer.from(payload, 'base64');
}

/** @throws ProtocolError when it is nested deeper than can be written */
function jsonText(payload: unknown): string {
  try {
    return JSON.stringify(payload);
  } catch (error) {
    if (error instanceof RangeError) throw new ProtocolError('malformed', 'payload is nested too deeply');
    throw error;
  }
}

function topics(frame: Fields): unknown[] {
  const list = frame['topics'];
  if (!Array.isArray(list) || list.length === 0 || list.length > maxTopics)
    refuse('topics', `a list of 1 to ${maxTopics}`);
  return list;
}

function wantedTopic(topic: unknown, index: number): WantedTopic {
  const at = `topics[${index}]`;
  if (!isObject(topic)) refuse(at, 'an object with a filter');
  const path = `${at}.`;
  checkNames(topic, topicFields, path);
  const filter = textField(topic, 'filter', path) ?? refuse(`${path}filter`, 'a text');
  const noLocal = boolean(topic, 'noLocal', false, path);
  // As in MQTT 5 [MQTT-3.8.3-4].
  if (noLocal && parseSharedFilter(filter) !== undefined)
    refuse(`${path}noLocal`, 'not with a shared subscription');
  return {
    filter,
    qos: (whole(topic, 'qos', 0, 1, path) ?? 1) as 0 | 1,
    noLocal,
    retainHandling: (whole(topic, 'retainHandling', 0, 2, path) ?? 0) as 0 | 1 | 2,
  };
}
