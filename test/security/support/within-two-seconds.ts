import { statSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import type { Gateway } from '../../support/gateway.ts';
import { untilEvents } from '../../support/streams.ts';
import { until } from '../../support/until.ts';

/** What is promised, by the clocks of the nodes: a test looks late on a busy machine, and has the time for it. */
const promisedMs = 2000;

/** Unix ms at which a file was replaced by the one that is there. */
export const changedAt = (file: string): number => statSync(file).mtimeMs;

/** The nodes ended the first sessions of these devices for `reason`, in time after the change of `atMs` (Unix). */
export async function endedInTime(
  redis: Redis,
  devices: readonly string[],
  reason: string,
  atMs: number,
): Promise<void> {
  for (const device of devices) {
    const [, ended] = await untilEvents(redis, device, 2);
    expect(ended!.fields).toMatchObject({ type: 'disconnected', reason, by: 'gateway' });
    expect(Number(ended!.fields['ts']) - atMs).toBeLessThan(promisedMs);
  }
}

/** Each node had its file in force in time after that was replaced. */
export async function reloadedInTime(nodes: readonly Gateway[]): Promise<void> {
  for (const node of nodes) {
    const atMs = changedAt(node.configFile);
    const line = await until('the node to take its file', () =>
      node.log().find((each) => each.msg === 'the configuration changed' && Number(each['time']) >= atMs - 1),
    );
    expect(Number(line['time']) - atMs).toBeLessThan(promisedMs);
  }
}
