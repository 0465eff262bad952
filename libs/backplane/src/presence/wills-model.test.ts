import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { reapNode } from '../nodes/reaper.ts';
import { claimOf, releaseOf, TestStore, willOf } from '../testing/test-store.ts';
import { claimDevice, releaseDevice } from './claims.ts';
import { expireSession, fireDelayedWill } from './timers.ts';

const store = new TestStore();
const { redis, keys } = store;
afterEach(() => store.clear());
afterAll(() => store.close());

const id = 'pump-1';
const p = keys.partitionOf(id);
const epochsIn = (entries: readonly Record<string, string>[]): number[] =>
  entries.map((entry) => Number(entry['epoch']));
const firedEpochs = async (): Promise<number[]> => epochsIn(await store.uplink(id));

/** A generator of numbers below `limit`, the same for the same seed. */
function numbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

interface Model {
  owner?: { nonce: string; epoch: number } | undefined;
  session?: { expiry: number; epoch: number; will?: { delay: number } | undefined } | undefined;
  /** Of the timers: whether its time has come. */
  isWillDue?: boolean | undefined;
  isEndDue?: boolean | undefined;
  fired: number[];
}

describe('wills in any order of events', () => {
  /** What the specification asks for, in few words, to compare the scripts with. */
  const fire = (model: Model): void => {
    if (model.session?.will !== undefined) model.fired.push(model.session.epoch);
    if (model.session !== undefined) model.session.will = undefined;
    model.isWillDue = undefined;
  };
  const end = (model: Model): void => {
    fire(model);
    model.session = undefined;
    model.isEndDue = undefined;
  };
  const leave = (model: Model, firesWill: boolean): void => {
    const { session } = model;
    model.owner = undefined;
    if (session === undefined) return;
    if (!firesWill) session.will = undefined;
    if (session.expiry === 0) return end(model);
    model.isEndDue = false;
    if (session.will === undefined) return;
    if (session.will.delay === 0) fire(model);
    else model.isWillDue = false;
  };

  test.each(Array.from({ length: 12 }, (_, i) => i + 1))(
    'are fired at most once and never lost: seed %d',
    async (seed) => {
      const random = numbers(seed);
      const model: Model = { fired: [] };
      let epoch = 0;
      const steps: (() => Promise<void>)[] = [
        async () => {
          const sessionExpiry = [0, 60][random(2)]!;
          const delay = [undefined, 0, 30][random(3)];
          const cleanStart = random(4) === 0;
          const { owner, session } = model;
          if (session !== undefined) {
            const isOver =
              cleanStart || model.isEndDue === true || (owner !== undefined && session.expiry === 0);
            const isOwed = model.isWillDue ?? session.will?.delay === 0;
            if (isOver) end(model);
            else if (isOwed) fire(model);
          }
          model.isWillDue = undefined;
          model.isEndDue = undefined;
          epoch++;
          model.owner = { nonce: `n${epoch}`, epoch };
          model.session = {
            ...{ expiry: sessionExpiry, epoch },
            ...(delay === undefined ? {} : { will: { delay } }),
          };
          const will = delay === undefined ? undefined : willOf(delay);
          await claimDevice(
            redis,
            keys,
            claimOf(id, { nonce: `n${epoch}`, cleanStart, sessionExpiry, will }),
          );
        },
        async () => {
          // Of this connection, or of one before that comes late.
          const late = Math.max(1, epoch - random(2));
          const firesWill = random(3) > 0;
          if (model.owner?.epoch === late) leave(model, firesWill);
          await releaseDevice(redis, keys, releaseOf(id, { nonce: `n${late}`, firesWill }));
        },
        async () => {
          if (model.owner !== undefined) leave(model, true);
          await reapNode(redis, keys, 'gw-1.aaaa', 1_700_000_007_000, 60, 1000);
        },
        async () => {
          if (model.isEndDue === true && model.owner === undefined) end(model);
          await expireSession(redis, keys, p, id, 1000);
        },
        async () => {
          if (model.isWillDue === true && model.owner === undefined) fire(model);
          await fireDelayedWill(redis, keys, p, id, 1000);
        },
        async () => {
          if (model.isWillDue !== undefined) model.isWillDue = true;
          await store.makeDue(id, `will:${id}`);
        },
        async () => {
          if (model.isEndDue !== undefined) model.isEndDue = true;
          await store.makeDue(id, `expire:${id}`);
        },
      ];
      for (let i = 0; i < 150; i++) {
        const which = random(steps.length);
        await steps[which]!();
        expect(await firedEpochs(), `step ${i}: ${which}`).toEqual(model.fired);
        expect((await store.session(id))['will'] !== undefined, `step ${i}: ${which}`).toBe(
          model.session?.will !== undefined,
        );
      }
      expect(new Set(model.fired).size).toBe(model.fired.length);
      const events = (await store.events(id)).filter(({ type }) => type === 'will');
      expect(epochsIn(events)).toEqual(model.fired);
    },
  );
});
