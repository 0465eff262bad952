import type { Fault, Protocol } from '@tributary/bench/load';
import type { Quantities } from './readings.ts';

/** A kind of device in the simulated fleet. */
export interface Kind {
  name: string;
  protocol: Protocol;
  transport: 'tcp' | 'ws';
  qos: 0 | 1 | 2;
  /** Share of the fleet; all shares make 100. */
  percent: number;
  quantities: Quantities;
  /** Its firmware, as the tag `fw`; MQTT 3.1.1 has no way to say one. */
  firmware?: string;
  keepsSession?: true;
  fault?: Fault;
}

const celsius = { middle: 21, spread: 8, digits: 1 };
const volts = { middle: 230, spread: 6, digits: 1 };
const battery = { middle: 70, spread: 30, digits: 0 };
const bar = { middle: 4.2, spread: 1.1, digits: 2 };
const flow = { middle: 12, spread: 5, digits: 1 };
const pump = { bar, flow, celsius };

/**
 * A link on which every write of the device is late. Those with one are plain WebSocket devices: the gateway times its pings end to
 * end, while the kernel sees nothing but the loopback.
 */
const link = (delayMs: number, jitterMs: number): Fault => ({ kind: 'bad-link', delayMs, jitterMs });

/** Who is in the simulated fleet, from the many well-behaved to the few in trouble. */
export const kinds: readonly Kind[] = [
  { name: 'pump', protocol: 'mqtt5', transport: 'tcp', qos: 1, percent: 22, firmware: '2.3.9', quantities: pump },
  // The bad release: its radio driver holds packets back.
  { name: 'pump-b', protocol: 'tributary.v1', transport: 'ws', qos: 1, percent: 8, firmware: '2.4.1', quantities: pump, fault: link(420, 700) },
  { name: 'meter', protocol: 'mqtt3.1.1', transport: 'tcp', qos: 2, percent: 18, keepsSession: true, quantities: { volts, watts: { middle: 900, spread: 700, digits: 0 } } },
  { name: 'sensor', protocol: 'mqtt5', transport: 'ws', qos: 1, percent: 18, firmware: '5.1.0', quantities: { celsius, humidity: { middle: 48, spread: 15, digits: 0 }, battery } },
  { name: 'valve', protocol: 'mqtt3.1.1', transport: 'ws', qos: 0, percent: 9, quantities: { open: { middle: 50, spread: 50, digits: 0 }, bar } },
  { name: 'kiosk', protocol: 'tributary.v1', transport: 'ws', qos: 1, percent: 11, firmware: '1.8.2', quantities: { visitors: { middle: 20, spread: 20, digits: 0 }, celsius } },
  { name: 'camera', protocol: 'tributary.v1', transport: 'ws', qos: 1, percent: 5, firmware: '0.9.4', quantities: { motion: { middle: 3, spread: 3, digits: 0 } }, fault: link(90, 60) },
  { name: 'tractor', protocol: 'tributary.v1', transport: 'ws', qos: 1, percent: 3, firmware: '3.0.0', keepsSession: true, quantities: { speed: { middle: 11, spread: 9, digits: 1 }, fuel: battery },
    fault: { kind: 'bad-link', delayMs: 150, jitterMs: 600, breakEveryMs: 90_000 } },
  { name: 'truck', protocol: 'tributary.v1', transport: 'ws', qos: 1, percent: 3, firmware: '3.0.0', quantities: { speed: { middle: 62, spread: 25, digits: 0 }, celsius: { middle: 4, spread: 2, digits: 1 } },
    fault: { kind: 'bad-link', delayMs: 40, jitterMs: 200, pauseEveryMs: 20_000, pauseMs: 8000 } },
  { name: 'beacon', protocol: 'mqtt5', transport: 'tcp', qos: 1, percent: 2, firmware: '1.0.7', quantities: { battery },
    fault: { kind: 'flap', everyMs: 12_000, abrupt: true } },
  { name: 'tag', protocol: 'tributary.v1', transport: 'ws', qos: 0, percent: 1, firmware: '1.0.7', quantities: { battery },
    fault: { kind: 'flap', everyMs: 20_000, abrupt: true } },
]; // prettier-ignore

const sites = ['berlin', 'lyon', 'porto', 'graz', 'turku'] as const;

/** What a device says of itself: where it stands, by its number, and its firmware. */
export function tagsOf(kind: Pick<Kind, 'name' | 'firmware'>): (deviceId: string) => Record<string, string> {
  return (deviceId) => {
    const number = Number(/\d+$/.exec(deviceId)?.[0] ?? 0);
    const site = sites[number % sites.length]!;
    const model = kind.name.split('-')[0]!;
    return { site, model, ...(kind.firmware === undefined ? {} : { fw: kind.firmware }) };
  };
}
