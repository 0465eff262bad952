import { describe, expect, test } from 'vitest';
import { admit, type AdmissionLimits, type Introduction } from './admission.ts';

const limits: AdmissionLimits = { maxClientIdBytes: 16, maxKeepAliveSeconds: 3600, keepAliveRequired: false };
const ask = (
  differs: Partial<Introduction> = {},
  rules: Partial<AdmissionLimits> = {},
): ReturnType<typeof admit> =>
  admit(
    {
      clientId: 'pump-1',
      user: undefined,
      password: undefined,
      cleanStart: true,
      keepAliveSeconds: 60,
      canBeToldKeepAlive: true,
      mayAssignId: true,
      ...differs,
    },
    { ...limits, ...rules },
  );

test('a device comes in as it introduces itself', () => {
  expect(ask()).toEqual({
    clientId: 'pump-1',
    isAssigned: false,
    isTransient: true,
    keepAliveSeconds: 60,
  });
});

describe('the client id', () => {
  test('is assigned where none was given, each time another [MQTT-3.1.3-6]', () => {
    const roomy = { maxClientIdBytes: 64 };
    const ids = [ask({ clientId: '' }, roomy), ask({ clientId: '' }, roomy)].map((answer) => {
      if ('refusal' in answer) return expect.fail(answer.refusal);
      expect(answer.isAssigned).toBe(true);
      return answer.clientId;
    });
    expect(ids[0]).toMatch(/^auto-[0-9a-f]{24}$/);
    expect(ids[0]).not.toBe(ids[1]);
  });

  test('is not assigned to who may not have one assigned [MQTT-3.1.3-8]', () => {
    expect(ask({ clientId: '', mayAssignId: false })).toEqual({ refusal: 'bad-client-id' });
  });

  test.each(['a', '16 bytes of a id', 'ä/#+:{p1}', ' ', '设备-1', '__proto__'])(
    'is accepted: %j',
    (clientId) => {
      expect(ask({ clientId })).toMatchObject({ clientId, isAssigned: false });
    },
  );

  test.each(['17 bytes of a ids', 'ä'.repeat(9), 'a\n', '\u0000', '\u007f', '\u0085', '\ud800'])(
    'is refused: %j',
    (clientId) => expect(ask({ clientId })).toEqual({ refusal: 'bad-client-id' }),
  );
});

describe('the keep-alive in force', () => {
  test.each([
    ['is what was asked, within the maximum', 3600, {}, 3600],
    ['is the maximum where more was asked [MQTT-3.1.2-21]', 3601, {}, 3600],
    ['is none where none was asked', 0, {}, 0],
    ['is the maximum where none was asked and one is required', 0, { keepAliveRequired: true }, 3600],
    ['is what was asked where one is required', 10, { keepAliveRequired: true }, 10],
  ])('%s', (_, keepAliveSeconds, rules, inForce) => {
    expect(ask({ keepAliveSeconds }, rules)).toMatchObject({ keepAliveSeconds: inForce });
  });

  test('of a 3.1.1 device is what it asked, as it cannot be told another', () => {
    expect(ask({ keepAliveSeconds: 7200, canBeToldKeepAlive: false })).toMatchObject({
      keepAliveSeconds: 7200,
    });
  });

  test('missing in a 3.1.1 device where one is required refuses it', () => {
    const silent = { keepAliveSeconds: 0, canBeToldKeepAlive: false };
    expect(ask(silent, { keepAliveRequired: true })).toEqual({ refusal: 'not-authorized' });
  });
});
