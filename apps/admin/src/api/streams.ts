import { pendingListSchema, streamsSchema } from '@tributary/protocol/admin-api';
import { z } from 'zod';
import type { App } from '../http/app.ts';
import type { StreamWatch } from '../streams/stream-watch.ts';

const tags = ['streams'];

const pendingParams = z.object({
  partition: z.coerce.number().int().min(0).max(4095),
  /** Percent-encoded; whatever a consumer called it. */
  group: z.string().min(1),
});
const pendingQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(100),
  /** `nextCursor` of the page before. */
  cursor: z
    .string()
    .regex(/^\d{1,16}-\d{1,16}$/)
    .optional(),
});

/** `GET /api/v1/streams`, and what a consumer group has not acknowledged. */
export function streamRoutes(app: App, streams: StreamWatch): void {
  app.get(
    '/api/v1/streams',
    {
      config: { needs: 'viewer' },
      schema: { summary: 'Streams and consumer groups', tags, response: { 200: streamsSchema } },
    },
    () => streams.fresh(),
  );
  app.get(
    '/api/v1/streams/:partition/groups/:group/pending',
    {
      config: { needs: 'viewer' },
      schema: {
        ...{ summary: 'Entries a consumer group has not acknowledged', tags },
        ...{ params: pendingParams, querystring: pendingQuery, response: { 200: pendingListSchema } },
      },
    },
    ({ params, query }) => streams.pending(params.partition, params.group, query.limit, query.cursor),
  );
}
