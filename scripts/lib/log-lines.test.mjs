import { expect, test } from 'vitest';
import { isAlarming, parseLine, readable } from './log-lines.mjs';

test('makes a JSON log line readable', () => {
  const entry = parseLine(
    '{"level":40,"time":1,"pid":2,"msg":"redis is away","attempt":3,"err":{"message":"refused"}}',
  );
  expect(isAlarming(entry)).toBe(true);
  expect(readable(entry)).toBe('warn  redis is away  attempt=3  (refused)');
});

test.each(['plain text', '{broken', ''])('%j is no log entry', (line) => {
  expect(parseLine(line)).toBeUndefined();
});
