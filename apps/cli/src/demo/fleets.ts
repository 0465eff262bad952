import type { FleetPlan, Pattern } from '@tributary/bench/load';
import { kinds, tagsOf, type Kind } from './kinds.ts';
import { readings } from './readings.ts';

/** Where the demo connects. */
export interface DemoEndpoints {
  mqtt: { host: string; port: number };
  ws: { host: string; port: number };
}

/** A fleet of the demo and what it publishes; without a pattern it only listens. */
export interface DemoFleet {
  plan: FleetPlan;
  pattern?: Pattern;
}

const longestDemoSeconds = 86_400;
/** What every device of the fleet listens to: the answers to it tell how long a way there and back takes. */
const notices = 'fleet/notices';
/** Most notices a second, over all devices. */
const mostNoticesPerSecond = 400;

/**
 * A demo fleet of so many devices, each with `perSecond` messages a second, and around it what gives an operator
 * something to find: a dispatcher, two devices that fight for one id, and a display that cannot keep up. Kinds that come to
 * nothing in a small fleet are left out.
 */
export function demoFleets(
  devices: number,
  perSecond: number,
  endpoints: DemoEndpoints,
  seconds?: number,
): DemoFleet[] {
  const maxSeconds = seconds === undefined ? longestDemoSeconds : Math.ceil(seconds) + 60;
  const counts = share(devices, kinds.map(({ percent }) => percent)); // prettier-ignore
  const pattern: Pattern = { kind: 'rate', perSecond };
  const crowd = kinds.flatMap((kind, i): DemoFleet[] =>
    counts[i] === 0 ? [] : [{ plan: { ...planOf(kind, counts[i]!, endpoints), maxSeconds }, pattern }],
  );
  return [...crowd, ...company(devices, pattern, endpoints, maxSeconds)];
}

function planOf(kind: Kind, devices: number, endpoints: DemoEndpoints): FleetPlan {
  const { name, protocol, transport, qos, quantities, keepsSession, fault } = kind;
  return {
    endpoint: { ...(transport === 'tcp' ? endpoints.mqtt : endpoints.ws), transport },
    protocol,
    qos,
    devices,
    idPrefix: `${name}-`,
    payload: readings(quantities),
    tags: tagsOf(kind),
    subscribe: { filter: notices, qos: 1 },
    keepAliveSeconds: 30,
    reconnectMs: fault === undefined ? 3000 : 1500,
    ...(keepsSession === true ? { cleanStart: false, expirySeconds: 600 } : {}),
    ...(fault === undefined ? {} : { fault }),
  };
}

// Those beside the fleet itself: one or two devices each, whatever its size.
function company(
  devices: number,
  pattern: Pattern,
  endpoints: DemoEndpoints,
  maxSeconds: number,
): DemoFleet[] {
  const common = { endpoint: { ...endpoints.mqtt, transport: 'tcp' }, protocol: 'mqtt5', devices: 1, maxSeconds } as const; // prettier-ignore
  const noticesPerSecond = Math.min(0.5, mostNoticesPerSecond / devices);
  // Made from one image: both believe to be the same gate.
  const gate: DemoFleet = {
    plan: { ...common, qos: 1, idPrefix: 'gate-', tags: tagsOf({ name: 'gate', firmware: '1.1.0' }), payload: readings({ passes: { middle: 4, spread: 4, digits: 0 } }), reconnectMs: 4000 },
    pattern,
  }; // prettier-ignore
  return [
    {
      plan: { ...common, qos: 1, idPrefix: 'dispatcher-', topic: notices, payload: notice, reconnectMs: 1000 },
      pattern: { kind: 'rate', perSecond: noticesPerSecond },
    },
    gate,
    gate,
    {
      // Takes every reading, and acknowledges five of them a second.
      plan: { ...common, qos: 1, idPrefix: 'display-', tags: tagsOf({ name: 'display', firmware: '4.2.0' }), subscribe: { filter: 'devices/+/telemetry', qos: 1 }, cleanStart: false, expirySeconds: 600, fault: { kind: 'dribble', bytesPerSecond: 20, from: 'connected' }, reconnectMs: 1500 },
    },
  ]; // prettier-ignore
}

const notice = (_id: string, n: number): Buffer => Buffer.from(JSON.stringify({ notice: n }));

/** Splits `total` in proportion to `weights`, in whole parts that add up; the largest remainders win. */
export function share(total: number, weights: number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  const exact = weights.map((weight) => (total * weight) / sum);
  const parts = exact.map(Math.floor);
  const order = exact
    .map((value, i) => ({ i, rest: value - parts[i]! }))
    .sort((a, b) => b.rest - a.rest || a.i - b.i);
  const left = total - parts.reduce((a, b) => a + b, 0);
  for (const { i } of order.slice(0, left)) parts[i] = parts[i]! + 1;
  return parts;
}
