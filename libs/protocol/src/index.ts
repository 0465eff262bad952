export { adviceOf, closeReasons, type CloseAdvice, type CloseReason } from './close-reasons.ts';
export { ProtocolError } from './errors.ts';
export { crc32, partitionOf } from './partition.ts';
export {
  type AckFrame,
  type DeviceFrame,
  deviceSubprotocol,
  type HelloFrame,
  type ProofFrame,
  type PublishFrame,
  type SubscribeFrame,
  type UnsubscribeFrame,
  type WantedTopic,
} from './device/frames.ts';
export {
  encodeGatewayFrame,
  type GatewayFrame,
  type MessageFrame,
  type SlowDownFrame,
  type SubscribedFrame,
  type SubscribeRefusal,
  textOrBase64,
  type UnsubscribedFrame,
} from './device/gateway-frames.ts';
export {
  isTagName,
  isTagValue,
  maxTagNameLength,
  maxTags,
  maxTagValueLength,
  readTags,
  type Tags,
} from './device/tags.ts';
export { parseDeviceFrame } from './device/parse-frame.ts';
export {
  type Ack,
  type AckType,
  encodeAck,
  plainAckBytes,
  type Problem,
  writePlainAck,
} from './mqtt/acks.ts';
export { type Connect, connectLevel } from './mqtt/connect.ts';
export {
  type Auth,
  type Disconnect,
  encodeControl,
  type Subscribe,
  type Unsubscribe,
} from './mqtt/control.ts';
export { type ClientPacket, decode } from './mqtt/decoder.ts';
export { encodePublish, type OutgoingPublish } from './mqtt/encode-publish.ts';
export { declaredBytes } from './mqtt/fixed-header.ts';
export type { OutgoingProperties, UserProperties } from './mqtt/outgoing-properties.ts';
export { type CodecLimits, PacketType, type ProtocolVersion } from './mqtt/packet-type.ts';
export type { Publish } from './mqtt/publish.ts';
export type { PublishProperties } from './mqtt/publish-properties.ts';
export {
  parseSharedFilter,
  type SharedFilter,
  sharedFilterFault,
  topicFilterFault,
} from './mqtt/shared-filter.ts';
export { checkTopicName } from './mqtt/topic.ts';
export { topicMatches } from './mqtt/topic-filter.ts';
export type { Will } from './mqtt/will.ts';
export type {
  ConnectedEvent,
  ConnectionFacts,
  DeviceEvent,
  DisconnectedEvent,
  QualityEvent,
  ClassEvent,
  SupersededEvent,
} from './records/events.ts';
export type { MessageProperties, UplinkRecord } from './records/uplink.ts';
export * from './overload.ts';
export * from './quality/index.ts';
export * from './ip-address.ts';
export * from './target.ts';
export * from './ban-target.ts';
