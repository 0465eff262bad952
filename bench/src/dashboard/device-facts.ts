import { bandOf, type Cause, type Penalties } from '@tributary/protocol';
import type { QualitySample } from '@tributary/backplane';

/** What there is to group and filter by in the simulated fleet. */
const sites = 400;
const firmwares = ['2.3.9', '2.4.0', '2.4.1', '2.4.2', '2.5.0', '3.0.0-rc1'];
/** Devices with this firmware reconnect too often. */
const badFirmware = '2.4.1';
const models = 30;
const classes = ['standard', 'standard', 'standard', 'critical', 'bulk'];

/** Nodes that hold the devices, as `id.incarnation`. */
export const nodeNames = ['gw-1.a1', 'gw-2.b2', 'gw-3.c3', 'gw-4.d4'] as const;

/** A whole number from 0 to below `below`, the same for the same number and salt. */
export function scatter(number: number, salt: number, below: number): number {
  let t = Math.imul(number ^ (salt * 0x9e37_79b9), 0x85eb_ca6b);
  t = Math.imul(t ^ (t >>> 13), 0xc2b2_ae35);
  return ((t ^ (t >>> 16)) >>> 0) % below;
}

/** Devices that send all the time. Their ids come first, so that they are in sight when a list is opened. */
export const hotDevices = 40;

export function idOf(number: number): string {
  const place = number < hotDevices ? 'busy' : `plant-${scatter(number, 1, sites)}`;
  return `${place}/pump-${String(number).padStart(6, '0')}`;
}

export const nodeOf = (number: number): string => nodeNames[number % nodeNames.length]!;

/** How a device comes in, as its record and its `connected` event say. */
export function connectionOf(number: number): Record<string, string | number> {
  const port = 20_000 + scatter(number, 2, 40_000);
  return {
    node: nodeOf(number),
    protocol: ['mqtt5', 'mqtt3.1.1', 'tributary.v1'][scatter(number, 3, 3)]!,
    transport: number % 4 === 0 ? 'ws' : 'tcp',
    listener: number % 4 === 0 ? 'ws' : 'mqtt',
    address: `10.${scatter(number, 4, 40)}.${scatter(number, 5, 250)}.${scatter(number, 6, 250)}:${port}`,
    class: classes[number % classes.length]!,
    keepAlive: 60,
    tags: JSON.stringify(tagsOf(number)),
  };
}

const firmwareOf = (number: number): string => firmwares[scatter(number, 7, firmwares.length)]!;

const tagsOf = (number: number): Record<string, string> => ({
  site: `site-${scatter(number, 1, sites)}`,
  fw: firmwareOf(number),
  model: `P${scatter(number, 8, models)}`,
});

/** The link of a device in a round: most are good, a twentieth far away, those of one firmware flap; and there is noise. */
export function qualityOf(number: number, epoch: number, round: number): QualitySample {
  const isFar = scatter(number, 9, 20) === 0;
  const isFlapping = firmwareOf(number) === badFirmware && scatter(number, 10, 5) < 2;
  const noise = scatter(number, 100 + round, 7);
  const penalties: Record<Cause, number> = {
    rtt: isFar ? 30 + noise : 0,
    jitter: isFar ? 8 : noise >> 1,
    loss: isFar ? 6 : 0,
    flaps: isFlapping ? 50 : 0,
    errors: 0,
    stalls: scatter(number, 11, 200) === 0 ? 20 : 0,
  };
  const score = 100 - lostOf(penalties);
  return {
    clientId: idOf(number),
    epoch,
    score,
    band: bandOf(score),
    penalties,
    confidence: 'high',
    rttMs: (isFar ? 260 : 20) + scatter(number, 12, 60) + noise,
    jitterMs: isFar ? 90 : 2 + noise,
    lossRatio: isFar ? 0.02 : 0,
    sources: { rtt: 'tcp', jitter: 'tcp', loss: 'tcp' },
    zombie: undefined,
    flaps: isFlapping ? 9 : 0,
  };
}

const lostOf = (penalties: Penalties): number =>
  Object.values(penalties).reduce((sum, points) => sum + points, 0);
