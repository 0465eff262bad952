import type { Counters } from '../counters.ts';
import type { Transport } from '../transports/transport.ts';
import type { Deadlines } from './deadlines.ts';
import type { InboundBytes } from './inbound-bytes.ts';
import type { OutboxFlusher } from './outbox.ts';

/** What every connection of a node shares. */
export interface ConnectionServices {
  readonly deadlines: Deadlines;
  readonly flusher: OutboxFlusher;
  readonly counters: Counters;
  readonly inbound: InboundBytes;
  readonly limits: ConnectionLimits;
  /** Unix ms. */
  readonly now: () => number;
  /** An error nobody foresaw: it ends the connection it came from, and is told here with its stack. */
  readonly onBug: (error: unknown, connection: { transport: Transport; listener: string }) => void;
}

/** What one connection may cost. */
export interface ConnectionLimits {
  readonly handshakeTimeoutMs: number;
  readonly maxPacketBytes: number;
  readonly maxTopicBytes: number;
  readonly maxTopicLevels: number;
  readonly maxOutboxBytes: number;
  /** How long a device may take nothing of what waits for it, ms. */
  readonly slowConsumerMs: number;
}
