import type { DeviceRecord, QualityFacts, QualitySample } from '@tributary/backplane';
import type { Arrival, Departure } from '../fleet/device-event.ts';

// What gateways tell of a device, with something sensible in every field.

export const arrivalOf = (device: string, epoch: number, more: Partial<Arrival> = {}): Arrival => ({
  device,
  epoch,
  ts: 1000 * epoch,
  node: 'gw-1.a',
  protocol: 'mqtt5',
  transport: 'tcp',
  listener: 'mqtt',
  address: '10.0.0.1:5',
  class: 'standard',
  keepAlive: 60,
  tags: {},
  sleepy: false,
  ...more,
});

export const departureOf = (device: string, epoch: number, more: Partial<Departure> = {}): Departure => ({
  device,
  epoch,
  ts: 1000 * epoch + 500,
  node: 'gw-1.a',
  reason: 'normal',
  by: 'device',
  ...more,
});

/** Of a link at 80 points: the round trip took 15 and the jitter 5. */
export const qualityOf = (more: Partial<QualityFacts> = {}): QualityFacts => ({
  score: 80,
  band: 'good',
  penalties: { rtt: 15, jitter: 5, loss: 0, flaps: 0, errors: 0, stalls: 0 },
  confidence: 'high',
  rttMs: 181.4,
  jitterMs: 70.2,
  lossRatio: 0.0014,
  sources: { rtt: 'tcp', jitter: 'tcp', loss: 'tcp' },
  zombie: undefined,
  flaps: 1,
  ...more,
});

export const qualitySampleOf = (
  clientId: string,
  epoch: number,
  more: Partial<QualityFacts> = {},
): QualitySample => ({ clientId, epoch, ...qualityOf(more) });

export const recordOf = (more: Partial<DeviceRecord> = {}): DeviceRecord => ({
  online: true,
  node: 'gw-1.a',
  epoch: 5,
  protocol: 'mqtt5',
  transport: 'tcp',
  listener: 'mqtt',
  address: 'a:1',
  class: 'standard',
  keepAlive: 60,
  expiry: 0,
  firstSeen: 1,
  connectedAt: 2,
  disconnectedAt: 0,
  lastSeen: 3,
  reason: '',
  connects: 4,
  messages: 100,
  bytes: 1000,
  epochMessages: 7,
  epochBytes: 70,
  tags: {},
  sleepy: false,
  quality: qualityOf(),
  qualityAt: 0,
  qualityVersion: 1,
  ...more,
});
