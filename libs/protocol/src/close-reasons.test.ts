import { describe, expect, test } from 'vitest';
import { adviceOf, type CloseReason, closeReasons } from './close-reasons.ts';

const reasons = (Object.keys(closeReasons) as CloseReason[]).map((reason) => ({
  reason,
  ...adviceOf(reason),
}));

/** Codes a server may send (RFC 6455 section 7.4.1 with the IANA registry), and 1006, which stands for no code at all. */
const webSocketCodes = new Set([1000, 1002, 1003, 1006, 1008, 1009, 1011, 1012, 1013]);

describe.each(reasons)('$reason', ({ reason, ws, mqtt, connack3, by, says }) => {
  test('has a name fit for logs, metrics and errors', () => expect(reason).toMatch(/^[a-z]+(-[a-z]+)*$/));

  test('has a WebSocket code a server may use', () =>
    expect(webSocketCodes.has(ws) || (ws >= 4000 && ws <= 4999)).toBe(true));

  test('has an MQTT reason code, a failure unless the device ended it well', () => {
    expect(mqtt).toBeGreaterThanOrEqual(by === 'device' && reason !== 'device-error' ? 0x00 : 0x80);
    expect(mqtt).toBeLessThanOrEqual(0xa2);
  });

  test('has a 3.1.1 return code that exists, or none [MQTT-3.2.2-6]', () => {
    if (connack3 !== undefined) expect([1, 2, 3, 4, 5]).toContain(connack3);
  });

  test('says one thing in one line', () => {
    expect(says).toMatch(/^\S.{5,70}\S$/);
    expect(reasons.filter((other) => other.says === says)).toHaveLength(1);
  });
});

test('only a lost socket has the code that is never sent', () => {
  expect(reasons.filter(({ ws }) => ws === 1006).map(({ reason }) => reason)).toEqual(['connection-lost']);
});

test('reasons that can refuse a CONNECT have a return code for 3.1.1', () => {
  const refusals = reasons.filter(({ connack3 }) => connack3 !== undefined).map(({ reason }) => reason);
  expect(refusals).toEqual(
    expect.arrayContaining([
      'unsupported-version',
      'bad-client-id',
      'bad-credentials',
      'not-authorized',
      'store-unavailable',
      'server-busy',
    ]),
  );
});
