export { adviceOf, closeReasons, type CloseAdvice, type CloseReason } from './close-reasons.ts';
export { ProtocolError } from './errors.ts';
export { crc32, partitionOf } from './partition.ts';
export type { ConnectedEvent, ConnectionFacts, DeviceEvent, DisconnectedEvent, SupersededEvent } from './records/events.ts';
export type { MessageProperties, UplinkRecord } from './records/uplink.ts';
