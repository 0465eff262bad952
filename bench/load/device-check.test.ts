import { expect, test } from 'vitest';
import { DeviceCheck, type Finding } from './device-check.ts';

type Line = [epoch: number, seq: number, n: number];

function check(qos: 1 | 2, acked: [number, number][], ...lines: Line[]): Partial<Finding> {
  const device = new DeviceCheck({ device: 'd', qos, sent: 100, acked });
  for (const [epoch, seq, n] of lines) device.saw(epoch, seq, Buffer.from(`{"n":${n}}`));
  return device.finding();
}
const sound = { missing: 0, doubled: 0, reordered: 0, late: 0, seqGaps: 0 };

test('messages in order are sound', () => {
  expect(check(2, [[1, 3]], [5, 1, 1], [5, 2, 2], [5, 3, 3])).toMatchObject({
    ...sound,
    entries: 3,
    repeated: 0,
  });
});
test('an acknowledged message that is absent is missing, an unacknowledged one is not', () => {
  const found = check(1, [[1, 2]], [5, 1, 1], [5, 2, 3]);
  expect(found).toMatchObject({ missing: 1, acked: 2 });
  expect(found.examples).toEqual(['d: message 2 was acknowledged and is in no stream']);
});
test('entries sent again after the link came back are repeats at QoS 1 and doubled at QoS 2', () => {
  const lines: Line[] = [[5, 1, 1], [5, 2, 2], [5, 1, 1], [5, 2, 2], [5, 3, 3]]; // prettier-ignore
  expect(check(1, [[1, 3]], ...lines)).toMatchObject({ ...sound, repeated: 2 });
  expect(check(2, [[1, 3]], ...lines)).toMatchObject({ ...sound, repeated: 2, doubled: 2 });
});
test('a device that returns repeats its open messages in the new epoch', () => {
  expect(check(1, [[1, 4]], [5, 1, 1], [5, 2, 2], [5, 3, 3], [8, 1, 2], [8, 2, 3], [8, 3, 4])).toMatchObject({
    ...sound,
    repeated: 2,
  });
});
test('the tail of a connection that was taken over is late, not out of order', () => {
  expect(check(1, [[1, 3]], [5, 1, 1], [8, 1, 3], [5, 2, 2])).toMatchObject({ ...sound, late: 1 });
});
test('swapped messages are out of order', () => {
  expect(check(1, [[1, 2]], [5, 2, 2], [5, 1, 1])).toMatchObject({ reordered: 1 });
  expect(check(1, [[1, 2]], [5, 1, 2], [5, 2, 1])).toMatchObject({ reordered: 1 });
});
test('a number that was never stored is a gap', () => {
  expect(check(1, [], [5, 1, 1], [5, 4, 4])).toMatchObject({ seqGaps: 2, missing: 0 });
});
