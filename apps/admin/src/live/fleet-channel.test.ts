import { ManualClock } from '@tributary/runtime';
import { expect, test } from 'vitest';
import { Fleet } from '../fleet/fleet.ts';
import { parseNodeRecord } from '../nodes/node-record.ts';
import { parseStats } from '../nodes/node-stats.ts';
import { arrivalOf, qualitySampleOf } from '../testing/device-facts.ts';
import { FleetChannel } from './fleet-channel.ts';

test('a second of a large and busy fleet is less than a kilobyte', () => {
  const clock = new ManualClock(1_800_000_000_000);
  const fleet = new Fleet(clock, { maxDevices: 1_000_000 });
  fleet.phase = 'live';
  fleet.redis = { state: 'up', asOf: clock.now() };
  fleet.goodShareYesterday = () => 0.987;
  fleet.alarmCounts = () => ({ critical: 123, warning: 456 });
  for (let i = 0; i < 1000; i++) {
    fleet.index.applyArrival(arrivalOf(`d${i}`, i + 1));
    fleet.index.applyQualitySample(qualitySampleOf(`d${i}`, i + 1, { score: i % 101 }), clock.now());
  }
  const nodes = Array.from({ length: 50 }, (_, i) => `gw-${i}.a`);
  const records = nodes.map((node) => parseNodeRecord(node, { id: node, beat: '1', state: 'ready' })!);
  fleet.nodes.observe(records, nodes, clock.monotonic());
  const report = (second: number): void => {
    clock.advance(1000);
    for (const [i, node] of nodes.entries()) {
      const count = String(123_456_789 * second + i * 1_234_567);
      const figures = { connections: '20000', messagesIn: count, stored: count, bytesIn: `${count}99` };
      fleet.nodes.addStats(
        node,
        parseStats(`${clock.now()}-0`, new Map(Object.entries(figures))),
        clock.monotonic(),
      );
    }
  };
  report(1);
  const channel = new FleetChannel(fleet);
  channel.snapshot();
  report(2);
  const message = { type: 'delta', ch: 'fleet', seq: 123_456, now: clock.now(), ...channel.delta() };
  expect(fleet.summary()).toMatchObject({ nodes: { ready: 50 }, rates: { messagesIn: 123_456_789 * 50 } });
  expect(JSON.stringify(message).length).toBeLessThan(1000);
});
