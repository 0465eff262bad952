/** What the server granted when it let a device in. */
export interface Greeting {
  sessionPresent: boolean;
  /** Most unacknowledged messages the server takes. */
  window: number;
}

/** The device's side of a conversation: what the server said. */
export interface Listener {
  /** Bytes the dialect itself must send: CONNECT after the upgrade, pong, acknowledgements of received messages. */
  reply(bytes: Buffer): void;
  greeted(greeting: Greeting): void;
  /** Not let in. */
  refused(reason: string): void;
  /** The message is done: PUBACK, PUBCOMP or `ack`. */
  acked(packetId: number): void;
  /** The server answered the message with an error. */
  rejected(packetId: number, reason: string): void;
  /** PUBREC. */
  received(packetId: number): void;
  /** A message for this device; its payload is `bytes[from, to)`, valid during the call. */
  message(isDup: boolean, bytes: Buffer, from: number, to: number): void;
  /** The answer to a subscription. */
  granted(isGranted: boolean): void;
  /** The answer to a ping. */
  ponged(): void;
  /** The server named a reason before it closed. */
  goodbye(reason: string): void;
}

/** One connection's dialect: bytes to messages and back. */
export interface Speech {
  /** The first bytes of a connection. */
  opening(): Buffer;
  feed(bytes: Buffer, from: number, to: number): void;
  publish(message: { topic: Buffer; payload: Buffer; packetId: number; dup: boolean }): Buffer;
  pubrel(packetId: number): Buffer;
  subscribe(packetId: number, filter: string, qos: 0 | 1 | 2): Buffer | undefined;
  ping(): Buffer;
  goodbye(): Buffer;
}
