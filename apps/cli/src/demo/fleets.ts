import type { Fault, FleetPlan, Protocol } from '@tributary/bench/load';
import { readings, type Quantities } from './readings.ts';

/** Where the demo connects. */
export interface DemoEndpoints {
  mqtt: { host: string; port: number };
  ws: { host: string; port: number };
}

interface Kind {
  name: string;
  protocol: Protocol;
  transport: 'tcp' | 'ws';
  qos: 0 | 1 | 2;
  /** Share of the fleet; all shares make 100. */
  percent: number;
  quantities: Quantities;
  keepsSession?: true;
  fault?: Fault;
}

const celsius = { middle: 21, spread: 8, digits: 1 };
const volts = { middle: 230, spread: 6, digits: 1 };
const battery = { middle: 70, spread: 30, digits: 0 };
const bar = { middle: 4.2, spread: 1.1, digits: 2 };

/** Who is in the simulated fleet, from the many well-behaved to the few with a bad link. */
export const kinds: readonly Kind[] = [
  { name: 'pump', protocol: 'mqtt3.1.1', transport: 'tcp', qos: 1, percent: 30, quantities: { bar, flow: { middle: 12, spread: 5, digits: 1 }, celsius } },
  { name: 'meter', protocol: 'mqtt5', transport: 'tcp', qos: 2, percent: 20, keepsSession: true, quantities: { volts, watts: { middle: 900, spread: 700, digits: 0 } } },
  { name: 'sensor', protocol: 'mqtt5', transport: 'ws', qos: 1, percent: 20, quantities: { celsius, humidity: { middle: 48, spread: 15, digits: 0 }, battery } },
  { name: 'valve', protocol: 'mqtt3.1.1', transport: 'ws', qos: 0, percent: 10, quantities: { open: { middle: 50, spread: 50, digits: 0 }, bar } },
  { name: 'kiosk', protocol: 'tributary.v1', transport: 'ws', qos: 1, percent: 12, quantities: { visitors: { middle: 20, spread: 20, digits: 0 }, celsius } },
  { name: 'tractor', protocol: 'mqtt5', transport: 'tcp', qos: 1, percent: 3, keepsSession: true, quantities: { speed: { middle: 11, spread: 9, digits: 1 }, fuel: battery },
    fault: { kind: 'bad-link', delayMs: 150, jitterMs: 600, breakEveryMs: 90_000 } },
  { name: 'truck', protocol: 'mqtt3.1.1', transport: 'tcp', qos: 1, percent: 2, quantities: { speed: { middle: 62, spread: 25, digits: 0 }, celsius: { middle: 4, spread: 2, digits: 1 } },
    fault: { kind: 'bad-link', delayMs: 40, jitterMs: 200, pauseEveryMs: 20_000, pauseMs: 8000 } },
  { name: 'beacon', protocol: 'mqtt5', transport: 'tcp', qos: 1, percent: 2, quantities: { battery },
    fault: { kind: 'flap', everyMs: 12_000, abrupt: false } },
  { name: 'tag', protocol: 'tributary.v1', transport: 'ws', qos: 0, percent: 1, quantities: { battery },
    fault: { kind: 'flap', everyMs: 20_000, abrupt: true } },
]; // prettier-ignore

const longestDemoSeconds = 86_400;

/** The plans of a demo fleet of so many devices. Kinds that come to nothing in a small fleet are left out. */
export function demoPlans(devices: number, endpoints: DemoEndpoints, seconds?: number): FleetPlan[] {
  const counts = share(devices, kinds.map(({ percent }) => percent)); // prettier-ignore
  return kinds.flatMap((kind, i) => {
    const { name, protocol, transport, qos, quantities, keepsSession, fault } = kind;
    if (counts[i] === 0) return [];
    const plan: FleetPlan = {
      endpoint: { ...(transport === 'tcp' ? endpoints.mqtt : endpoints.ws), transport },
      protocol,
      qos,
      devices: counts[i]!,
      idPrefix: `${name}-`,
      payload: readings(quantities),
      keepAliveSeconds: 30,
      reconnectMs: fault === undefined ? 3000 : 1500,
      maxSeconds: seconds === undefined ? longestDemoSeconds : Math.ceil(seconds) + 60,
      ...(keepsSession === true ? { cleanStart: false, expirySeconds: 600 } : {}),
      ...(fault === undefined ? {} : { fault }),
    };
    return [plan];
  });
}

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
