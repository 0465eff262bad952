import type { IConnectPacket } from 'mqtt-packet';
import { expect, test } from 'vitest';
import { measuredEnv } from '../support/collected.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { RawMqtt } from '../support/raw-mqtt.ts';
import { startRedis } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { until } from '../support/until.ts';

/** Bytes in use when all garbage is gone. */
async function bytesInUse(gateway: Gateway): Promise<number> {
  const said = (): number[] =>
    gateway
      .log()
      .filter(({ msg }) => msg === 'collected')
      .map(({ heap, arrayBuffers }) => Number(heap) + Number(arrayBuffers));
  const before = said().length;
  gateway.process.signal('SIGUSR2');
  await until('the garbage to be collected', () => said().length > before);
  return said().at(-1) ?? 0;
}

const count = 40;
const kinds: [string, number, Partial<IConnectPacket>][] = [
  [
    'user properties',
    840_000,
    { properties: { userProperties: { key: Array<string>(14).fill('v'.repeat(60_000)) } } },
  ],
  ['a password', 60_000, { username: 'somebody', password: Buffer.alloc(60_000, 1) }],
  ['a will', 60_000, { will: { topic: 'w', payload: Buffer.alloc(60_000, 1), qos: 0, retain: false } }],
];

test('P6: connections hold nothing of a large CONNECT once it is answered', async () => {
  const redis = await startRedis();
  const gateway = await startGateway({ redisUrl: redis.url, env: measuredEnv });
  const devices: RawMqtt[] = [];
  const connect = async (more: Partial<IConnectPacket>): Promise<void> => {
    const device = await RawMqtt.tcp(gateway.port('mqtt'));
    expect((await device.connect(freshId('large'), more)).reasonCode).toBe(0);
    devices.push(device);
  };
  try {
    for (const [, , more] of kinds) await connect(more);
    for (const [what, bytes, more] of kinds) {
      const before = await bytesInUse(gateway);
      for (let n = 0; n < count; n++) await connect(more);
      const perConnection = ((await bytesInUse(gateway)) - before) / count;
      expect(perConnection, `bytes held for each connection with ${what}`).toBeLessThan(bytes / 3);
    }
    for (const device of devices) await device.leave();
    expect(await gateway.stop()).toBe(0);
  } finally {
    await gateway.kill();
    await redis.stop();
  }
});
