import { describe, expect, test } from 'vitest';
import { adviceOf, type CloseReason, closeReasons } from './close-reasons.ts';

const reasons = (Object.keys(closeReasons) as CloseReason[]).map((reason) => ({
  reason,
  ...adviceOf(reason),
}));

/** Reason codes a server may put into a DISCONNECT (MQTT 5 table 3-13) and a CONNACK (table 3-1). */
const disconnectCodes = new Set([
  0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98,
  0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
]);
const connackCodes = new Set([
  0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99, 0x9a,
  0x9b, 0x9c, 0x9d, 0x9f,
]);
/** These end a connection before its CONNACK, so no DISCONNECT ever says them [MQTT-3.14.0-1]. */
const onlyRefusals = new Set(['unsupported-version', 'bad-client-id', 'bad-credentials', 'auth-method']);

/** Codes a server may send (RFC 6455 section 7.4.1 with the IANA registry), and 1006, which stands for no code at all. */
const webSocketCodes = new Set([1000, 1002, 1003, 1006, 1008, 1009, 1011, 1012, 1013]);

describe.each(reasons)('$reason', ({ reason, ws, mqtt, connack3, connack5, by, says }) => {
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

  test('has a code that may stand in the DISCONNECT that tells it', () => {
    if (by === 'gateway' && !onlyRefusals.has(reason)) expect([...disconnectCodes]).toContain(mqtt);
  });

  test('has a code that may stand in the CONNACK that tells it, where it can refuse a device', () => {
    if (connack3 !== undefined || connack5 !== undefined)
      expect([...connackCodes]).toContain(connack5 ?? mqtt);
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
