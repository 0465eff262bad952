export { adviceOf, closeReasons, type CloseReason } from './close-reasons.ts';
export { ProtocolError } from './errors.ts';
export { crc32, partitionOf } from './partition.ts';
export {
  type DeviceFrame,
  deviceSubprotocol,
  type HelloFrame,
  type ProofFrame,
  type PublishFrame,
  type SubscribeFrame,
  type UnsubscribeFrame,
} from './device/frames.ts';
export {
  encodeGatewayFrame,
  type GatewayFrame,
  type MessageFrame,
  type SubscribeRefusal,
  textOrBase64,
} from './device/gateway-frames.ts';
export { isTagName, isTagValue, maxTags, readTags, type Tags } from './device/tags.ts';
export { parseDeviceFrame } from './device/parse-frame.ts';
export { type Ack, type AckType, encodeAck, plainAckBytes, writePlainAck } from './mqtt/acks.ts';
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
export type { OutgoingProperties } from './mqtt/outgoing-properties.ts';
export { type CodecLimits, PacketType, type ProtocolVersion } from './mqtt/packet-type.ts';
export type { Publish } from './mqtt/publish.ts';
export type { PublishProperties } from './mqtt/publish-properties.ts';
export { parseSharedFilter, topicFilterFault } from './mqtt/shared-filter.ts';
export { checkTopicName } from './mqtt/topic.ts';
export { topicMatches } from './mqtt/topic-filter.ts';
export type {
  ConnectedEvent,
  ConnectionFacts,
  DisconnectedEvent,
  ClassEvent,
  SupersededEvent,
} from './records/events.ts';
export type { MessageProperties } from './records/uplink.ts';
export * from './overload.ts';
export * from './quality/index.ts';
export * from './ip-address.ts';
export * from './target.ts';
export * from './ban-target.ts';
