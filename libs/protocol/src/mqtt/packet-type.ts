/** Control packet types (MQTT 5 section 2.1.2, 3.1.1 section 2.2.1). */
export const PacketType = {
  CONNECT: 1,
  CONNACK: 2,
  PUBLISH: 3,
  PUBACK: 4,
  PUBREC: 5,
  PUBREL: 6,
  PUBCOMP: 7,
  SUBSCRIBE: 8,
  SUBACK: 9,
  UNSUBSCRIBE: 10,
  UNSUBACK: 11,
  PINGREQ: 12,
  PINGRESP: 13,
  DISCONNECT: 14,
  AUTH: 15,
} as const;

/** MQTT protocol level: 4 is 3.1.1 (3.1 speaks alike and counts as 4), 5 is 5.0. */
export type ProtocolVersion = 4 | 5;

/** What a decoder accepts; every declared length meets its limit before anything is read or kept for it. */
export interface CodecLimits {
  /** Whole packet, fixed header included. */
  readonly maxPacketBytes: number;
  /** UTF-8 bytes of a topic name. */
  readonly maxTopicBytes: number;
  /** Levels of a topic name: one more than its slashes. */
  readonly maxTopicLevels: number;
}
