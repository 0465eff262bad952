import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { getJson, newKey, onSignedOut, send } from './client.ts';
import { ApiError } from './problem.ts';
import { mayRetry } from './query.ts';

const asked: { path: string; init: RequestInit }[] = [];
let answer: () => Response;

beforeEach(() => {
  asked.length = 0;
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    asked.push({ path, init });
    return answer();
  });
});
afterEach(() => void vi.unstubAllGlobals());

const problem = (status: number, more: object) => () =>
  new Response(JSON.stringify({ type: 'about:blank', title: 'No', status, requestId: 'req-7', ...more }), {
    status,
    headers: { 'retry-after': '30' },
  });
const failure = (promise: Promise<unknown>): Promise<ApiError> =>
  promise.then(
    () => Promise.reject(new Error('it succeeded')),
    (error: unknown) => error as ApiError,
  );

test('a problem document becomes an error with the id of the request', async () => {
  answer = problem(429, { code: 'too-many-attempts', detail: 'wait a little' });
  const error = await failure(getJson('/session', z.object({})));
  expect(error).toMatchObject({ status: 429, code: 'too-many-attempts', message: 'wait a little' });
  expect(error).toMatchObject({ requestId: 'req-7', retryAfter: 30 });
});

test('a bad filter tells which words', async () => {
  const errors = [{ from: 3, to: 9, message: 'no such key' }];
  answer = problem(400, { code: 'bad-filter', errors });
  expect((await failure(getJson('/devices', z.object({})))).words).toEqual(errors);
});

test('an answer of something in between is an error, not a crash', async () => {
  answer = () => new Response('<html>Bad Gateway</html>', { status: 502 });
  expect(await failure(getJson('/x', z.object({})))).toMatchObject({ status: 502, code: 'not-understood' });
  answer = () => new Response('{"a":"text"}');
  expect(await failure(getJson('/x', z.object({ a: z.number() })))).toMatchObject({ code: 'not-understood' });
  answer = () => {
    throw new TypeError('connection refused');
  };
  expect(await failure(getJson('/x', z.object({})))).toMatchObject({ status: 0, code: 'unreachable' });
});

test('a write is called undone only when the server said so', async () => {
  const mayBeDone = async (given: typeof answer): Promise<boolean> => {
    answer = given;
    return (await failure(send('/bans', z.object({ id: z.string() })))).mayBeDone;
  };
  expect(await mayBeDone(problem(409, { code: 'too-many-bans' }))).toBe(false);
  expect(await mayBeDone(problem(503, { code: 'redis-away' }))).toBe(false);
  expect(await mayBeDone(problem(503, { code: 'redis-away', mayBeDone: true }))).toBe(true);
  expect(await mayBeDone(() => new Response('<html>', { status: 413 }))).toBe(false);
  expect(await mayBeDone(() => new Response('<html>', { status: 504 }))).toBe(true);
  expect(await mayBeDone(() => new Response('{}', { status: 202 }))).toBe(true);
  const unreachable = mayBeDone(() => {
    throw new TypeError('gone');
  });
  expect(await unreachable).toBe(true);
});

test('writes carry the header that no other site can send, and a key of their own', async () => {
  answer = () => new Response(null, { status: 204 });
  await send('/session', undefined, { method: 'DELETE' });
  await send('/traces', undefined, { body: { device: 'a' }, idempotencyKey: 'k1' });
  const [first, second] = asked.map(({ init }) => init.headers as Record<string, string>);
  expect(first).toMatchObject({ 'x-tributary-csrf': '1' });
  expect(first?.['idempotency-key']).toMatch(/^[0-9a-f]{32}$/);
  expect(second).toMatchObject({ 'idempotency-key': 'k1', 'content-type': 'application/json' });
  expect(asked[1]).toMatchObject({
    path: '/api/v1/traces',
    init: { body: '{"device":"a"}', method: 'POST' },
  });
  expect(newKey()).not.toBe(newKey());
});

test('who is not signed in is told so once per answer, and not for other refusals', async () => {
  let told = 0;
  const stop = onSignedOut(() => told++);
  answer = problem(401, { code: 'not-signed-in' });
  await failure(getJson('/fleet', z.object({})));
  answer = problem(401, { code: 'wrong-credentials' });
  await failure(send('/session', undefined));
  stop();
  answer = problem(401, { code: 'not-signed-in' });
  await failure(getJson('/fleet', z.object({})));
  expect(told).toBe(1);
});

test('only what may pass by itself is asked again', () => {
  const error = (status: number) => new ApiError({ status, code: 'x', message: '' });
  expect([mayRetry(0, error(0)), mayRetry(0, error(503)), mayRetry(2, error(503))]).toEqual([
    true,
    true,
    false,
  ]);
  expect([mayRetry(0, error(400)), mayRetry(0, error(404))]).toEqual([false, false]);
});
