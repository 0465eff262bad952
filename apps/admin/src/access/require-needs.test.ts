import { createLogger } from '@tributary/runtime';
import { expect, test } from 'vitest';
import { createApp, type App } from '../http/app.ts';
import { requireNeeds } from './require-needs.ts';

function app(): App {
  const logger = createLogger({ level: 'silent' });
  const made = createApp({ logger, certificate: undefined, trustedProxies: [] });
  requireNeeds(made);
  return made;
}

test('a route that does not say who may call it stops the start', () => {
  expect(() => app().get('/api/v1/secrets', () => 'all')).toThrow(
    'GET /api/v1/secrets does not say what it needs: give it config.needs',
  );
  expect(() => app().post('/', { config: {} }, () => 'all')).toThrow('POST / does not say');
});

test('one that says so, and the page, may be added', () => {
  const made = app();
  made.get('/api/v1/devices', { config: { needs: 'viewer' } }, () => 'all');
  made.get('/', () => 'page');
  expect(made.hasRoute({ method: 'GET', url: '/api/v1/devices' })).toBe(true);
});

test('a public route has no operator, and asking for one is a fault of ours', async () => {
  const made = app();
  made.get('/x', { config: { needs: 'public' } }, (request) => request.operator.name);
  expect((await made.inject('/x')).statusCode).toBe(500);
});
