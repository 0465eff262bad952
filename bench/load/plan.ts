import type { PayloadMaker } from './payload.ts';

/** Where a fleet connects. Loopback only; `path` is for WebSocket, default `/mqtt` or `/ws` by protocol. */
export interface Endpoint {
  host: string;
  port: number;
  transport: 'tcp' | 'ws';
  path?: string;
}

export type Protocol = 'mqtt3.1.1' | 'mqtt5' | 'tributary.v1';

/** When devices publish. */
export type Pattern =
  /** Each device so many messages a second; the fleet's messages are spread evenly over time. */
  | { kind: 'rate'; perSecond: number }
  /**
   * The same at QoS 0, `together` messages in each write. The bytes are the same each time, so that one process can offer
   * more than a node takes.
   */
  | { kind: 'batches'; perSecond: number; together: number }
  /** Each device keeps so many messages unacknowledged: one acknowledged, one sent; `messages` in all, or for ever. */
  | { kind: 'closed'; inflight: number; messages?: number }
  /** As fast as the socket takes it, up to the window. */
  | { kind: 'flood' };

/** How a device misbehaves. */
export type Fault =
  /** Goes on writing but reads nothing more, `afterMs` after it was let in. */
  | { kind: 'stop-reading'; afterMs: number }
  /** Sends so many bytes a second; from its first byte or only once it was let in. */
  | { kind: 'dribble'; bytesPerSecond: number; from: 'start' | 'connected' }
  /** Answers no PUBREC (QoS 2). */
  | { kind: 'no-pubrel' }
  /** Leaves and returns each `everyMs`; abruptly (reset) or with a goodbye. */
  | { kind: 'flap'; everyMs: number; abrupt: boolean }
  /** Falls silent `afterMs` after it was let in: reads nothing, sends nothing, closes nothing. */
  | { kind: 'half-open'; afterMs: number }
  /** Opens a socket and never says a word. */
  | { kind: 'silent' }
  /** Each write is late by `delayMs` plus up to `jitterMs`; now and then the link stands still, or breaks. */
  | {
      kind: 'bad-link';
      delayMs: number;
      jitterMs: number;
      pauseEveryMs?: number;
      pauseMs?: number;
      breakEveryMs?: number;
    };

/** A fleet of equal devices. */
export interface FleetPlan {
  endpoint: Endpoint;
  protocol: Protocol;
  /** At most 10,000 in one process. */
  devices: number;
  /** Device ids are this and a number of four or more digits; default `load-`. */
  idPrefix?: string;
  /** Number of the first device; default 1. */
  firstId?: number;
  /** Default `devices/ID/telemetry`; `ID` is replaced, and `NUMBER` by the number in it. */
  topic?: string;
  /** What each device subscribes to when it has no session that does; `ID` and `NUMBER` as in `topic`. MQTT only. */
  subscribe?: { filter: string; qos: 0 | 1 | 2 };
  /** Each device pings so often, beside what its keep-alive asks, and the answers are timed. */
  pingMs?: number;
  qos: 0 | 1 | 2;
  /** Bytes of the numbered payload, at least 23; default 100. Ignored when a maker is given. */
  payloadBytes?: number;
  /** Own payloads (in-process only). A verifier cannot number these. */
  payload?: PayloadMaker;
  /** Seconds; 0 is none. Default 60. */
  keepAliveSeconds?: number;
  /** Default true. */
  cleanStart?: boolean;
  /** Seconds the session outlives its connection (MQTT 5, plain); default 0. MQTT 3.1.1: `cleanStart: false`. */
  expirySeconds?: number;
  /** What each device says of itself: user properties `tag.NAME` (MQTT 5) or `tags` of hello. In-process only. */
  tags?: (deviceId: string) => Readonly<Record<string, string>>;
  user?: string;
  password?: string;
  /**
   * Most unacknowledged messages of a device, 1–65535; default 64. The server's Receive Maximum lowers it. An MQTT
   * 3.1.1 device is told no window, so above 64 it can be as greedy as it likes.
   */
  window?: number;
  fault?: Fault;
  /** Milliseconds until a device whose connection ended comes back, ± half; absent: it stays away. */
  reconnectMs?: number;
  /** The fleet ends itself after so many seconds, whatever happens; default 600. */
  maxSeconds?: number;
}

/** Of device ids. */
export const defaultPrefix = 'load-';

/** Devices one process may hold; the file limit of a process is 20,000 on a common machine. */
export const mostDevices = 10_000;

/** @throws RangeError naming the first thing about a plan that cannot be. */
export function checkPlan(plan: FleetPlan): void {
  const whole = (name: string, value: number, least: number, most: number): void => {
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new RangeError(`${name} must be a whole number from ${least} to ${most}`);
    }
  };
  whole('devices', plan.devices, 1, mostDevices);
  whole('window', plan.window ?? 64, 1, 65_535);
  whole('keepAliveSeconds', plan.keepAliveSeconds ?? 60, 0, 65_535);
  whole('maxSeconds', plan.maxSeconds ?? 600, 1, 86_400);
  if (plan.protocol === 'tributary.v1' && plan.endpoint.transport !== 'ws') {
    throw new RangeError('tributary.v1 is spoken over WebSocket only');
  }
  if (plan.protocol === 'tributary.v1' && plan.qos === 2) throw new RangeError('tributary.v1 has no QoS 2');
}
