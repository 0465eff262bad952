import { encode } from 'cborg';
import { expect, test } from 'vitest';
import { showPayload } from './payload.ts';

const base64 = (data: Uint8Array | string): string =>
  btoa(String.fromCharCode(...(typeof data === 'string' ? new TextEncoder().encode(data) : data)));

test('takes the first of JSON, text and CBOR that it is, else hex', () => {
  expect(showPayload(base64('{"a":1}'), 'auto')).toEqual({ as: 'json', text: '{\n  "a": 1\n}' });
  expect(showPayload(base64('hello <b>'), 'auto')).toEqual({ as: 'text', text: 'hello <b>' });
  const cbor = base64(encode({ t: 21.5, raw: new Uint8Array([1, 255]) }));
  expect(showPayload(cbor, 'auto')).toEqual({ as: 'cbor', text: '{\n  "t": 21.5,\n  "raw": "h\'01ff\'"\n}' });
  expect(showPayload(base64(new Uint8Array([255, 0, 65])), 'auto')).toEqual({
    as: 'hex',
    text: `0000  ff 00 41${' '.repeat(39)}  ··A`,
  });
});

test('what is not what was asked for is shown as hex', () => {
  expect(showPayload(base64('no json'), 'json').as).toBe('hex');
  expect(showPayload(base64('{"a":1}'), 'hex').as).toBe('hex');
  expect(showPayload(base64('{"a":1}'), 'text')).toEqual({ as: 'text', text: '{"a":1}' });
});

test('nothing, and what is no base64, is empty', () => {
  expect(showPayload('', 'auto')).toEqual({ as: 'text', text: '' });
  expect(showPayload('???', 'hex')).toEqual({ as: 'hex', text: '' });
});

test('text that was cut within a letter is text up to there, and what is cut short for no reason is not', () => {
  const bytes = new TextEncoder().encode('é'.repeat(600)).subarray(1, 1024);
  const cut = new TextEncoder().encode(`a${'é'.repeat(600)}`).subarray(0, 1024);
  expect(showPayload(base64(cut), 'auto')).toEqual({ as: 'text', text: `a${'é'.repeat(511)}` });
  expect(showPayload(base64(bytes), 'auto').as).toBe('hex');
  expect(showPayload(base64(cut.subarray(0, 1022)), 'auto').as).toBe('hex');
});
