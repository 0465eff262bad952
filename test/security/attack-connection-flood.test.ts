import { expect, test } from 'vitest';
import { freshId, useStage } from '../support/stage.ts';
import { RawMqtt } from '../support/raw-mqtt.ts';
import { until } from '../support/until.ts';
import { intrude, isGone } from './support/intruder.ts';
import { besideDevices, nothingIsKept } from './support/well-behaved.ts';

const plenty = { rate: '100000/s', burst: 100_000, connections: 100_000, unauthenticated: 100_000 };
const stage = useStage({
  config: {
    limits: { handshakeTimeoutMs: 1000 },
    sources: {
      address: { ...plenty, rate: '20/m', burst: 20, connections: 20, unauthenticated: 10 },
      prefix: { ...plenty, ipv4Bits: 16, connections: 60 },
      maxIdle: 64,
    },
  },
});

const throttled = (reason: string, scope = 'address'): Promise<number> =>
  stage.gateway.metric('tributary_throttled_total', { scope, reason });
const refused = (reason: string): Promise<number> =>
  stage.gateway.metric('tributary_connects_refused_total', { reason });
const ended = (reason: string): Promise<number> =>
  stage.gateway.metric('tributary_disconnects_total', { reason });
const knock = (from: string) => intrude(stage.gateway.port('mqtt'), from);

test('a flood from one address is cut off, and devices beside it notice nothing', async () => {
  await besideDevices(stage, async () => {
    for (let round = 0; round < 6; round++) {
      const flood = Array.from({ length: 50 }, () => knock('127.1.0.1'));
      await until('the flood to be cut off', () => flood.filter(isGone).length >= 50 - 20 - round);
      for (const socket of flood) socket.destroy();
    }
  });
  expect(await throttled('connection-rate')).toBeGreaterThan(150);
  expect(await refused('rate-exceeded')).toBeGreaterThan(150);
  await nothingIsKept(stage);
});

test('a flood from many addresses costs no more memory than a few, and is bounded as one block', async () => {
  const before = await refused('quota-exceeded');
  await besideDevices(stage, async () => {
    for (let at = 0; at < 600; at += 100) {
      const flood = Array.from({ length: 100 }, (_, n) => knock(`127.2.${(at + n) >> 8}.${(at + n) & 255}`));
      await until('the block to be full', () => flood.filter(isGone).length >= 40);
      for (const socket of flood) socket.destroy();
    }
  });
  expect(await throttled('connections', 'prefix')).toBeGreaterThan(150);
  expect(await refused('quota-exceeded')).toBeGreaterThan(before + 150);
  await until('the table to be small again', async () => {
    return (await stage.gateway.metric('tributary_sources', { kind: 'address' })) <= 64 + 20;
  });
  await nothingIsKept(stage);
});

test('those that never say who they are are few at a time, and end at their deadline', async () => {
  const before = await throttled('unauthenticated');
  const late = await ended('handshake-timeout');
  const silent = Array.from({ length: 10 }, () => knock('127.3.0.1'));
  await until(
    'them to be counted',
    async () => (await stage.gateway.metric('tributary_unauthenticated_connections')) === 10,
  );
  const more = Array.from({ length: 5 }, () => knock('127.3.0.1'));
  await until('the others to be cut off', () => more.every(isGone));
  expect(await throttled('unauthenticated')).toBe(before + 5);
  expect(silent.some(isGone)).toBe(false);
  await until('their end', () => silent.every(isGone));
  expect(await ended('handshake-timeout')).toBe(late + 10);
  await nothingIsKept(stage);
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'));
  expect((await device.connect(freshId('after'))).reasonCode).toBe(0);
  await device.leave();
});
