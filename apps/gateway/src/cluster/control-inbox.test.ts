import { sendControl } from '@tributary/backplane';
import { createLogger } from '@tributary/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StoreDesk } from '../testing/store.ts';
import { until } from '../testing/until.ts';
import { ControlInbox } from './control-inbox.ts';

const desk = new StoreDesk();
beforeAll(() => desk.started());
afterAll(() => desk.close());

test('a message that fails here keeps nobody from those behind it', async () => {
  const { store, keys, url } = desk;
  const node = 'gw-1.aaaa';
  const takeovers: string[] = [];
  const faults: string[] = [];
  const logger = createLogger({ level: 'error', destination: { write: (line) => void faults.push(line) } });
  const inbox = new ControlInbox(
    { url, name: keys.namespace, connectTimeoutMs: 2000, replyTimeoutMs: 5000 },
    store,
    keys,
    logger,
    () => node,
    (device) => takeovers.push(device),
    () => {
      throw new Error('a fault of ours');
    },
  );
  await sendControl(store.redis, keys, node, { type: 'bans-changed', op: 'op-1' });
  await sendControl(store.redis, keys, node, {
    type: 'takeover',
    device: 'pump-1',
    epoch: 7,
    node: 'gw-2.b',
  });
  inbox.start();
  try {
    await until('the takeover behind the fault', () => takeovers.includes('pump-1'));
    expect(faults.join()).toContain('a fault of ours');
  } finally {
    inbox.close();
  }
});
