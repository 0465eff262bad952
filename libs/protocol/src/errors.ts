import type { CloseReason } from './close-reasons.ts';

/**
 * Broken input that ends its connection. `code` is a row of the close-reason table, which decides what the device is
 * told, what is logged and which metric counts it.
 */
export class ProtocolError extends Error {
  readonly code: CloseReason;

  constructor(code: CloseReason, message: string = code) {
    super(message);
    this.name = 'ProtocolError';
    this.code = code;
  }
}
