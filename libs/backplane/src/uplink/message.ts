import type { PublishProperties } from '@tributary/protocol';

/**
 * A message of a device as it came: topic and payload are ranges of buffers, valid during the call only. A decoded PUBLISH
 * is one as it stands, so that a message goes all the way to the batch as one object that nobody had to make.
 */
export interface UplinkMessage {
  readonly qos: 0 | 1 | 2;
  /** What the device knows it by; 0 at QoS 0. */
  readonly packetId: number;
  readonly retain: boolean;
  /** Where the topic lies. */
  readonly topic: Buffer;
  readonly topicStart: number;
  readonly topicEnd: number;
  /** Where the payload lies. */
  readonly bytes: Buffer;
  readonly payloadStart: number;
  readonly payloadEnd: number;
  readonly properties: PublishProperties | undefined;
}

/** Bytes of the payload. */
export const payloadBytesOf = (message: UplinkMessage): number => message.payloadEnd - message.payloadStart;

/** A message whose topic and payload are buffers of their own. */
export function wholeMessage(
  qos: 0 | 1 | 2,
  packetId: number,
  topic: Buffer,
  payload: Buffer,
  retain = false,
  properties?: PublishProperties,
): UplinkMessage {
  return {
    qos,
    packetId,
    retain,
    topic,
    topicStart: 0,
    topicEnd: topic.length,
    bytes: payload,
    payloadStart: 0,
    payloadEnd: payload.length,
    properties,
  };
}
