import type { AckType, ClientPacket, DeviceFrame, GatewayFrame, ProtocolVersion } from '@tributary/protocol';

/**
 * Looks on at what one connection says and is told. Called synchronously, `bytes` valid during the call only; it never
 * throws and never waits. A connection that nobody looks at has none.
 */
export interface PacketTap {
  /** A packet of the device, before it is acted on. @param size bytes of the whole packet */
  packetIn(packet: ClientPacket, size: number): void;
  /** A packet for the device, whole. */
  packetOut(bytes: Uint8Array, version: ProtocolVersion): void;
  /** A success acknowledgement for the device. */
  ackOut(type: AckType, packetId: number): void;
  /** A frame of a plain WebSocket device. @param size characters of its JSON */
  frameIn(frame: DeviceFrame, size: number): void;
  frameOut(frame: GatewayFrame, size: number): void;
}
