import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import { brokenPromises } from '../../support/promises.ts';
import { Publisher } from '../../support/publisher.ts';
import { freshId, type Stage } from '../../support/stage.ts';
import { uplinkOf } from '../../support/streams.ts';
import { until } from '../../support/until.ts';

/** Messages each has acknowledged before the attack begins to count as withstood. */
const least = 10;

function wellBehaved({ gateway }: Stage): Publisher[] {
  const transports = ['tcp', 'tcp', 'tcp', 'ws', 'ws'] as const;
  return transports.map((transport, n) => {
    const port = gateway.port(transport === 'tcp' ? 'mqtt' : 'ws');
    return new Publisher(port, freshId('good'), n % 2 === 0 ? 5 : 4, { transport });
  });
}

/**
 * Devices over TCP and WebSocket that publish all the while `attack` goes on. None of them may lose its connection or a
 * message, and none of their promises may be broken.
 */
export async function besideDevices(stage: Stage, attack: () => Promise<void>): Promise<void> {
  const devices = wellBehaved(stage);
  await Promise.all(devices.map((device) => device.start()));
  let isOn = true;
  const talk = (async () => {
    while (isOn) {
      for (const device of devices) if (device.unsettled < 10) device.publish(1);
      await wait(10);
    }
  })();
  try {
    await attack();
    await until('the devices to have said something', () =>
      devices.every(({ acknowledged }) => acknowledged.length > least),
    );
  } finally {
    isOn = false;
    await talk;
    await Promise.all(devices.map((device) => device.settle()));
    await Promise.all(devices.map((device) => device.stop()));
  }
  for (const device of devices) {
    expect(device.lives).toHaveLength(1);
    expect(device.acknowledged).toHaveLength(device.messages.length);
    expect(brokenPromises(device, await uplinkOf(stage.redis.client, device.clientId))).toEqual([]);
  }
}

/** The node keeps nothing of an attack that is over: no bytes, no pauses, nobody half in. */
export async function nothingIsKept({ gateway }: Stage): Promise<void> {
  const gauges = [
    'tributary_inbound_bytes',
    'tributary_outbox_bytes',
    'tributary_uplink_queue_bytes',
    'tributary_paused_connections',
    'tributary_unauthenticated_connections',
    'tributary_tls_handshakes',
    'tributary_connections',
  ];
  let kept: Record<string, number> = {};
  await until(
    () => `nothing to be kept; there is ${JSON.stringify(kept)}`,
    async () => {
      const levels = await Promise.all(
        gauges.map(async (name) => [name, await gateway.metric(name)] as const),
      );
      kept = Object.fromEntries(levels.filter(([, level]) => level !== 0));
      return Object.keys(kept).length === 0;
    },
  );
}
