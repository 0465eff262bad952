import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Chance } from '../support/chance.ts';
import { Gateway } from '../support/gateway.ts';
import { RawMqtt } from '../support/raw-mqtt.ts';
import { isEnqueue } from '../support/resp-faults.ts';
import type { Command } from '../support/resp.ts';
import { freshId } from '../support/stage.ts';
import { eventsOf } from '../support/streams.ts';
import { holds, until } from '../support/until.ts';
import { Watchers, WillStage } from '../support/will-stage.ts';

const isLong = process.env['TRIBUTARY_TEST_LONG'] === '1';

test(
  'a node killed fires the wills of its devices exactly once when it is back: at every QoS, retained, delayed; not of those who said goodbye or returned [MQTT-3.1.2-8] [MQTT-3.1.3-9]',
  () =>
    WillStage.use(async (stage) => {
      const prefix = freshId('wills');
      const watchers = await new Watchers(stage, prefix).start();
      const kept = await stage.mortal(prefix, { retain: true, transport: 'ws' });
      const lost = [
        await stage.mortal(prefix),
        await stage.mortal(prefix, { version: 4, transport: 'ws' }),
        await stage.mortal(prefix, { qos: 1 }),
        await stage.mortal(prefix, { delaySeconds: 2 }),
        await stage.mortal(prefix, { delaySeconds: 1, qos: 1, transport: 'ws' }),
        kept,
      ].map(({ id }) => id);
      const returning = await stage.mortal(prefix, { delaySeconds: 4 });
      const leaving = await stage.mortal(prefix);
      await leaving.leave();
      await until(
        'its goodbye to be known',
        async () => (await eventsOf(stage.redis.client, leaving.id)).length === 2,
      );

      await stage.restart();
      watchers.aim();
      const back = await RawMqtt.tcp(stage.portOf('tcp'));
      await back.connect(returning.id, { clean: false, properties: { sessionExpiryInterval: 300 } });
      await watchers.told(lost);
      await stage.saidOnce(lost, watchers);
      // Beyond the delay of the one that returned.
      await holds(2_500, async () => {
        for (const { id } of [returning, leaving]) expect(await stage.willsIn(id)).toBe(0);
      });
      await stage.saidOnce(lost, watchers);

      const late = await RawMqtt.tcp(stage.portOf('tcp'));
      await late.connect(freshId('late'));
      late.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: `${prefix}/#`, qos: 1 }] });
      const retained = await late.take('publish');
      expect(retained).toMatchObject({ topic: `${prefix}/${kept.id}`, retain: true });
      late.send({ cmd: 'pingreq' });
      await late.take('pingresp');
      expect(late.packets.filter(({ cmd }) => cmd === 'publish')).toHaveLength(1);
      await Promise.all([late.leave(), back.leave(), watchers.stop()]);
    }),
  120_000,
);

const isReap = ({ args }: Command): boolean => String(args[2]) === '11' && args.length === 21;
const isRetain = ({ args }: Command): boolean => String(args[3]).endsWith(':retained');
const isStruckOff = ({ name, args }: Command): boolean =>
  name === 'ZREM' && String(args[2]).startsWith('route:');

describe('a node killed again while it fires the wills of its earlier life, at the first command that', () => {
  const steps = {
    'fires one': isReap,
    'queues one': isEnqueue,
    'retains one': isRetain,
    'strikes one off': isStruckOff,
  };
  const cases = Object.entries(steps).flatMap(([step, counts]) => [
    { step, counts, executed: true },
    // Each takes as long as a fan-out is left to whoever fired the will.
    ...(isLong || step === 'fires one' ? [{ step, counts, executed: false }] : []),
  ]);
  test.concurrent.each(cases)(
    '$step, executed $executed: each is said exactly once',
    ({ counts, executed }) =>
      WillStage.use(async (stage) => {
        const prefix = freshId('again');
        const watchers = await new Watchers(stage, prefix).start();
        const ids = [await stage.mortal(prefix), await stage.mortal(prefix, { retain: true })].map(
          ({ id }) => id,
        );
        await stage.kill();

        stage.proxy.counts = counts;
        stage.proxy.struck.length = 0;
        stage.proxy.open((position) => (position === 0 ? { kind: 'mute', executed } : undefined));
        const doomed = new Gateway({ redisUrl: stage.proxy.url });
        await until('the command to be out', () => stage.proxy.struck.length > 0, { everyMs: 1 });
        await stage.redis.client.ping();
        await doomed.kill();
        stage.proxy.open();

        await stage.restart();
        watchers.aim();
        await watchers.told(ids, 30_000);
        await stage.saidOnce(ids, watchers);
        await watchers.stop();
      }),
    120_000,
  );
});

test.each(isLong ? [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] : [1])(
  'nodes killed at random moments while they fire wills, seed %i: each will is said exactly once',
  (seed) =>
    WillStage.use(async (stage) => {
      const chance = new Chance(seed);
      const prefix = freshId('random');
      const watchers = await new Watchers(stage, prefix).start();
      const ids: string[] = [];
      for (let n = 0; n < 40; n++) {
        const qos = chance.pick([1, 2] as const);
        const transport = chance.pick(['tcp', 'ws'] as const);
        const retain = chance.next() < 0.3;
        const delaySeconds = chance.pick([0, 0, 1, 2]);
        ids.push((await stage.mortal(prefix, { qos, transport, retain, delaySeconds })).id);
      }
      await stage.kill();
      for (let round = 0; round < 4; round++) {
        const doomed = new Gateway({ redisUrl: stage.proxy.url });
        // From before it has started to some time after.
        await wait(chance.between(250, 1500));
        await doomed.kill();
      }
      await stage.restart();
      watchers.aim();
      await watchers.told(ids, 30_000);
      await stage.saidOnce(ids, watchers);
      await watchers.stop();
    }),
  150_000,
);
