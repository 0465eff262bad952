import { expect, test } from 'vitest';
import { Load } from '../support/load.ts';
import { startRedis } from '../support/redis.ts';
import { useStage } from '../support/stage.ts';
import { until } from '../support/until.ts';

const stage = useStage({ mayLog: /Redis refused a message/ });

/** Runs a load through some trouble and out of it; every promise holds. Answers how many connections each one had. */
async function through(trouble: (load: Load) => Promise<void>): Promise<number[]> {
  const load = await Load.start(8, stage.gateway.port('mqtt'));
  await load.progress(30);
  await trouble(load);
  await stage.gateway.until(200);
  await load.progress(60);
  await load.finish();
  expect((await load.verdict(stage.redis.client)).broken).toEqual([]);
  return load.publishers.map(({ lives }) => lives.length);
}

const errors = (): Promise<number> => stage.gateway.metric('tributary_store_errors_total');

test('P1, P2, P3: SCRIPT FLUSH under load, so that Redis answers NOSCRIPT itself', async () => {
  await through(async (load) => {
    for (let n = 0; n < 3; n++) {
      await stage.redis.client.call('SCRIPT', 'FLUSH');
      await load.progress(20);
    }
  });
});

test('P1, P2, P3: every connection of the gateway killed by Redis under load: sockets stay', async () => {
  const lives = await through(async (load) => {
    for (let n = 0; n < 3; n++) {
      await stage.redis.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await load.progress(20);
    }
  });
  expect(lives).toEqual(lives.map(() => 1));
});

test('P1, P2, P3: a master that becomes a replica under load answers READONLY, and is a master again', async () => {
  const other = await startRedis();
  try {
    await through(async () => {
      const said = stage.gateway.log().length;
      // Its new master lets it not in, so nothing is copied: what is here must stay.
      await stage.redis.client.config('SET', 'masterauth', 'wrong');
      await other.client.config('SET', 'requirepass', 'right');
      await stage.redis.client.call('REPLICAOF', '127.0.0.1', String(other.port));
      try {
        await until('the gateway to say READONLY', () =>
          stage.gateway
            .log()
            .slice(said)
            .some((line) => JSON.stringify(line).includes('READONLY')),
        );
      } finally {
        await stage.redis.client.call('REPLICAOF', 'NO', 'ONE');
      }
    });
  } finally {
    await other.stop();
  }
});

test('P1, P2, P3: a Redis out of memory answers OOM; with room again all flows again', async () => {
  await through(async () => {
    const before = await errors();
    await stage.redis.client.config('SET', 'maxmemory', '1mb');
    try {
      await until('messages to be refused', async () => (await errors()) > before);
    } finally {
      await stage.redis.client.config('SET', 'maxmemory', '0');
    }
  });
});
