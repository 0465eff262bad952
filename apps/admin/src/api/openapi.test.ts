import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { startTestAdmin, type TestAdmin } from '../testing/admin.ts';
import { GatewayDouble } from '../testing/gateway-double.ts';
import { Caller, nobody, problemOf } from '../testing/http.ts';

const operationSchema = z.object({
  summary: z.string().min(3),
  description: z.string(),
  tags: z.array(z.string()).min(1),
  security: z.array(z.unknown()),
  responses: z.looseObject({ '4XX': z.unknown(), '5XX': z.unknown() }),
});
const documentSchema = z.object({
  openapi: z.string().startsWith('3.'),
  info: z.object({ title: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
});

const gateway = new GatewayDouble();
let admin: TestAdmin;
let paths: z.infer<typeof documentSchema>['paths'];

beforeAll(async () => {
  await gateway.start();
  admin = await startTestAdmin(gateway);
  const answer = await new Caller(admin.address).get('/openapi.json');
  expect(answer.status).toBe(200);
  ({ paths } = documentSchema.parse(answer.body));
});
afterAll(async () => {
  await admin.stop();
  await gateway.stop();
});

const routes = (): { path: string; method: string; isPublic: boolean }[] =>
  Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { security }]) => ({
      ...{ path, method: method.toUpperCase() },
      isPublic: security.length === 0,
    })),
  );

test('describes every route: what it is, who may call it, how it fails', () => {
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining(['/api/v1/devices', '/api/v1/devices/{id}', '/api/v1/session', '/api/v1/audit']),
  );
  expect(Object.keys(paths).every((path) => path.startsWith('/api/v1/'))).toBe(true);
});

test('only signing in and this document need nobody signed in', () => {
  const open = routes().filter(({ isPublic }) => isPublic);
  expect(open.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual([
    'GET /api/v1/openapi.json',
    'POST /api/v1/session',
  ]);
});

test('every other route answers 401 to who is not signed in, whatever is sent', async () => {
  const caller = new Caller(admin.address, nobody);
  for (const { path, method, isPublic } of routes()) {
    if (isPublic) continue;
    const plain = path.slice('/api/v1'.length).replaceAll(/\{\w+\}/g, 'x');
    const body = method === 'GET' || method === 'DELETE' ? undefined : {};
    expect(problemOf(await caller.ask(method, plain, body)), `${method} ${path}`).toBe('401 not-signed-in');
  }
});

test('every write by cookie is refused without the header of our page', async () => {
  const caller = new Caller(admin.address, admin.headers).with({ 'x-tributary-csrf': undefined });
  for (const { path, method } of routes()) {
    if (method === 'GET' || method === 'HEAD') continue;
    const plain = path.slice('/api/v1'.length).replaceAll(/\{\w+\}/g, 'x');
    const body = method === 'DELETE' ? undefined : {};
    expect(problemOf(await caller.ask(method, plain, body)), `${method} ${path}`).toBe('403 csrf');
  }
});
