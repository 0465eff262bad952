import { describe, expect, test } from 'vitest';
import { isAllowedOrigin } from './origin.ts';

describe('an origin', () => {
  test('that is absent is no browser', () => {
    expect(isAllowedOrigin(undefined, 'gw.example:8083', [])).toBe(true);
  });

  test('that is allowed passes, and only that', () => {
    const allowed = ['https://shop.example'];
    expect(isAllowedOrigin('https://shop.example', 'gw.example:8083', allowed)).toBe(true);
    expect(isAllowedOrigin('https://shop.example:444', 'gw.example:8083', allowed)).toBe(false);
    expect(isAllowedOrigin('null', 'gw.example:8083', allowed)).toBe(false);
    expect(isAllowedOrigin('https://anywhere.example', 'gw.example:8083', ['*'])).toBe(true);
  });

  test.each([
    ['https://127.0.0.1:8083', '127.0.0.1:8083'],
    ['http://127.0.0.1:8083', '127.0.0.1:8083'],
    ['http://localhost:8083', 'LOCALHOST:8083'],
    ['https://[::1]:8083', '[::1]:8083'],
    ['http://10.1.2.3', '10.1.2.3'],
  ])('%s of the very address that is asked passes', (origin, host) => {
    expect(isAllowedOrigin(origin, host, [])).toBe(true);
  });

  test.each([
    ['http://evil.example:8083', 'evil.example:8083', 'a name, which can be re-bound'],
    ['http://127.0.0.1.evil.example:8083', '127.0.0.1.evil.example:8083', 'a name that begins as an address'],
    ['http://localhost.evil.example:8083', 'localhost.evil.example:8083', 'a name that begins as localhost'],
    ['http://evil.example:8083', '127.0.0.1:8083', 'another host'],
    ['http://127.0.0.1:8084', '127.0.0.1:8083', 'another port'],
    ['http://127.0.0.1', '127.0.0.1:8083', 'no port'],
    ['http://user@127.0.0.1:8083', '127.0.0.1:8083', 'with a user'],
    ['file://127.0.0.1:8083', '127.0.0.1:8083', 'no scheme of the web'],
    ['null', '127.0.0.1:8083', 'a page without an origin'],
    ['', '127.0.0.1:8083', 'empty'],
    ['http://127.0.0.1:8083', undefined, 'a request without Host'],
  ])('%s at host %s is refused: %s', (origin, host, _why) => {
    expect(isAllowedOrigin(origin, host, [])).toBe(false);
  });
});
