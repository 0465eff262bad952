/** What a fleet counted since it was made. */
export interface Counters {
  /** Devices that are let in now. */
  open: number;
  /** Times a device was let in. */
  greeted: number;
  /** Messages sent for the first time. */
  sent: number;
  /** Messages sent again after a reconnect. */
  resent: number;
  /** PUBACK, PUBREC or `ack` received: the server said it has the message. */
  acked: number;
  /** Messages the server answered with an error, by code. */
  rejected: Record<string, number>;
  /** Messages not sent when due because the window or the socket was full. */
  blocked: number;
  /** Messages of QoS 1/2 whose fate is unknown: the connection ended and the device did not come back with its session. */
  lost: number;
  /** Devices that were granted their subscription, or came back into a session that has it. */
  subscribed: number;
  /** Messages received. */
  received: number;
  /** Of them, with DUP: sent before, perhaps in vain. */
  redelivered: number;
  /** Of them, with a number the device had before. */
  doubled: number;
  /** Connections that ended, by reason; `own` are those the fleet itself ended. */
  closed: Record<string, number>;
}

export function newCounters(): Counters {
  return {
    open: 0,
    greeted: 0,
    sent: 0,
    resent: 0,
    acked: 0,
    rejected: {},
    blocked: 0,
    lost: 0,
    subscribed: 0,
    received: 0,
    redelivered: 0,
    doubled: 0,
    closed: {},
  };
}

export function count(reasons: Record<string, number>, reason: string): void {
  reasons[reason] = (reasons[reason] ?? 0) + 1;
}

/** Connections that ended without the fleet's doing. */
export function unwantedEnds(counters: Counters): number {
  return Object.entries(counters.closed).reduce((sum, [reason, n]) => (reason === 'own' ? sum : sum + n), 0);
}
