import {
  deviceHistorySchema,
  deviceSessionSchema,
  deviceTrafficSchema,
  historyQuerySchema,
  timelineSchema,
} from '@tributary/protocol/admin-api';
import { z } from 'zod';
import type { DeviceStory } from '../devices/device-story.ts';
import type { App } from '../http/app.ts';

const params = z.object({ id: z.string() });
const tags = ['devices'];

/** As of the fleet's history: the last `rangeMs`, or from one moment to another. */
const historyQuery = historyQuerySchema.pick({ from: true, to: true, rangeMs: true });
const timelineQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  /** `nextCursor` of the page before. */
  cursor: z
    .string()
    .regex(/^\d{1,16}-\d{1,16}$/)
    .optional(),
});

/** `GET /api/v1/devices/:id/{history,timeline,session,traffic}`; the id is percent-encoded as a whole. */
export function devicePageRoutes(app: App, story: DeviceStory): void {
  app.get(
    '/api/v1/devices/:id/history',
    {
      config: { needs: 'viewer' },
      schema: {
        ...{ summary: 'Quality of a device over time, and what happened to it', tags },
        ...{ params, querystring: historyQuery, response: { 200: deviceHistorySchema } },
      },
    },
    ({ params: { id }, query }) => story.history(id, query),
  );
  app.get(
    '/api/v1/devices/:id/timeline',
    {
      config: { needs: 'viewer' },
      schema: {
        ...{ summary: 'What happened to a device, newest first', tags },
        ...{ params, querystring: timelineQuery, response: { 200: timelineSchema } },
      },
    },
    ({ params: { id }, query }) => story.timeline(id, query.limit, query.cursor),
  );
  app.get(
    '/api/v1/devices/:id/session',
    {
      config: { needs: 'viewer' },
      schema: {
        ...{ summary: 'Subscriptions and queue of a device', tags },
        ...{ params, response: { 200: deviceSessionSchema } },
      },
    },
    ({ params: { id } }) => story.session(id),
  );
  app.get(
    '/api/v1/devices/:id/traffic',
    {
      config: { needs: 'viewer' },
      schema: {
        ...{ summary: 'Topics a device sent to, sampled', tags },
        ...{ params, response: { 200: deviceTrafficSchema } },
      },
    },
    ({ params: { id } }) => story.traffic(id),
  );
}
