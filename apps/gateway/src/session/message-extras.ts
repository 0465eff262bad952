import type { EntryExtras, StoredMessage } from '@tributary/backplane';
import type { MessageProperties, PublishProperties } from '@tributary/protocol';

const retained: EntryExtras = { retain: true };

/** The fields few messages have; undefined for a message with none of them, which is most. */
export function messageExtras(
  retain: boolean,
  properties: PublishProperties | undefined,
): EntryExtras | undefined {
  if (properties === undefined) return retain ? retained : undefined;
  const { contentType } = properties;
  const props = messageProperties(properties);
  const json = JSON.stringify(props);
  return {
    ...(retain ? retained : {}),
    ...(contentType === undefined ? {} : { contentType }),
    ...(json === '{}' ? {} : { props: json }),
  };
}

/** Properties of an MQTT 5 PUBLISH as the JSON of `props` has them. */
export function messageProperties(properties: PublishProperties): MessageProperties {
  const { payloadFormat, messageExpiry, responseTopic, correlationData, user } = properties;
  return {
    ...(payloadFormat === undefined ? {} : { payloadFormat }),
    ...(messageExpiry === undefined ? {} : { messageExpiry }),
    ...(responseTopic === undefined ? {} : { responseTopic }),
    ...(correlationData === undefined ? {} : { correlationData: correlationData.toString('base64') }),
    ...(user === undefined ? {} : { user }),
  };
}

/** The message as it is handed on to subscribers, under the identity of its uplink entry. `payload` is the caller's copy. */
export function storedMessage(
  sender: { readonly clientId: string; readonly epoch: number },
  seq: number,
  topic: string,
  qos: 0 | 1 | 2,
  ts: number,
  payload: Buffer,
  retain: boolean,
  properties: PublishProperties | undefined,
): StoredMessage {
  const { messageExpiry, contentType } = properties ?? {};
  const props = properties === undefined ? undefined : messageProperties(properties);
  if (props !== undefined) delete props.messageExpiry;
  return {
    topic,
    qos,
    retain,
    payload,
    ts,
    from: sender.clientId,
    epoch: sender.epoch,
    seq,
    expiresAt: messageExpiry === undefined ? undefined : ts + messageExpiry * 1000,
    contentType,
    props,
  };
}
