import type { Range } from './range-set.ts';

/** What one device sent and what the server acknowledged. */
export interface DeviceLedger {
  device: string;
  qos: 0 | 1 | 2;
  /** Numbers 1 to `sent` were sent. */
  sent: number;
  /** Numbers that were acknowledged. */
  acked: Range[];
}

export type Ledger = DeviceLedger[];
