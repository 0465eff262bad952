/** Where attackers go: ports of one node on this machine. */
export interface AttackTarget {
  /** MQTT over TCP. */
  readonly mqtt: number;
  /** MQTT over TLS. */
  readonly mqtts: number;
  /** WebSocket. */
  readonly ws: number;
}

/** What an attack is told. */
export interface AttackPlan {
  readonly name: string;
  readonly target: AttackTarget;
  /** Attempts a second; what an attempt is depends on the attack. */
  readonly perSecond: number;
}

/** What came of it so far. */
export interface AttackReport {
  /** Connections opened, or tried to. */
  attempts: number;
  /** Ended by the other side, or never let in. */
  refused: number;
  /** Open now. */
  open: number;
  /** Bytes written. */
  bytes: number;
}

/** A running attack. */
export interface Attack {
  readonly report: AttackReport;
  /** Ends all its sockets and timers. Idempotent. */
  stop(): void;
}

/** Begins it. */
export type Attacker = (plan: AttackPlan) => Attack;
