import { until } from '../../support/until.ts';

/**
 * Waits until a time has come, for tests whose subject is the passing of it: expiry, delay.
 *
 * @param unixMs by the clock of this machine, which the server and Redis share.
 */
export const untilTime = async (unixMs: number): Promise<void> => {
  await until(`the time ${unixMs}`, () => Date.now() >= unixMs);
};
