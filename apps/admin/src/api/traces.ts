import {
  formatTarget,
  traceEventsQuerySchema,
  traceEventsSchema,
  traceListSchema,
  traceRequestSchema,
  traceSchema,
  traceStartedSchema,
} from '@tributary/protocol/admin-api';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { audit } from '../access/audit.ts';
import type { Actions } from '../actions/actions.ts';
import type { TraceReader } from '../actions/trace-reader.ts';
import type { App } from '../http/app.ts';
import { HttpProblem } from '../http/problem.ts';

const tags = ['traces'];
const idParams = z.object({ id: z.string().max(64) });

/** `/api/v1/traces`: start, stop, list and read traces; `…/:id/export` is all that is kept, as NDJSON. */
export function traceRoutes(app: App, actions: Actions, now: () => number): void {
  const { traces, traceReader, idempotency } = actions;

  app.get(
    '/api/v1/traces',
    {
      config: { needs: 'viewer' }, // that somebody is looked at is no secret; what was seen is
      schema: { summary: 'Traces of the last day, newest first', tags, response: { 200: traceListSchema } },
    },
    async () => ({ items: await traces.list(), at: now() }),
  );

  app.post(
    '/api/v1/traces',
    {
      config: { needs: 'operator', audit: 'trace.start' },
      schema: {
        summary: 'Look at what a device says and is told, for a time',
        tags,
        body: traceRequestSchema,
        response: { 202: traceStartedSchema },
      },
    },
    async (request, reply) => {
      const { payload, ttlSeconds } = request.body;
      const { name: by, canReadPayload } = request.operator;
      const target = formatTarget(traces.targetOf(request.body));
      if (payload && !canReadPayload)
        throw new HttpProblem(403, 'forbidden', 'a trace with payloads needs the right payload:read');
      const started = await idempotency.once(request, async () => {
        const facts = { action: 'trace.start', target, detail: { payload, ttlSeconds } };
        await audit(request, { ...facts, result: 'accepted' });
        return traces.start({ target, payload, ttlSeconds, by }, actions.auditEnd(request, facts));
      });
      return reply.code(202).send(started);
    },
  );

  app.get(
    '/api/v1/traces/:id',
    {
      config: { needs: 'viewer' },
      schema: { summary: 'One trace', tags, params: idParams, response: { 200: traceSchema } },
    },
    (request) => traces.get(request.params.id),
  );

  app.post(
    '/api/v1/traces/:id/stop',
    {
      config: { needs: 'operator', audit: 'trace.stop' },
      schema: {
        summary: 'End a trace; what it saw stays for a day',
        tags,
        params: idParams,
        response: { 202: traceStartedSchema },
      },
    },
    async (request, reply) => {
      const { target } = await traces.get(request.params.id);
      const stopped = await idempotency.once(request, async () => {
        const facts = { action: 'trace.stop', target, detail: { trace: request.params.id } };
        await audit(request, { ...facts, result: 'accepted' });
        const onEnded = actions.auditEnd(request, facts);
        return traces.stop(request.params.id, request.operator.name, onEnded);
      });
      return reply.code(202).send(stopped);
    },
  );

  app.get(
    '/api/v1/traces/:id/events',
    {
      config: { needs: 'operator' },
      schema: {
        summary: 'What a trace saw, oldest first; payloads only for those who may read them',
        tags,
        params: idParams,
        querystring: traceEventsQuerySchema,
        response: { 200: traceEventsSchema },
      },
    },
    async (request) => {
      const { after, limit } = request.query;
      const { id } = await traces.get(request.params.id);
      const items = await traceReader.after(id, after, limit, request.operator.canReadPayload);
      return { items, last: items.at(-1)?.id ?? after };
    },
  );

  app.get(
    '/api/v1/traces/:id/export',
    {
      config: { needs: 'operator' },
      schema: { summary: 'All of a trace that is kept, one JSON object a line', tags, params: idParams },
    },
    async (request, reply) => {
      const { id, target, payload } = await traces.get(request.params.id);
      const detail = { trace: id, payload: payload && request.operator.canReadPayload };
      await audit(request, { action: 'trace.export', target, result: 'accepted', detail });
      return reply
        .type('application/x-ndjson; charset=utf-8')
        .header('content-disposition', `attachment; filename="${id}.ndjson"`)
        .send(Readable.from(lines(traceReader, id, request.operator.canReadPayload)));
    },
  );
}

async function* lines(reader: TraceReader, id: string, canReadPayload: boolean): AsyncGenerator<string> {
  for await (const page of reader.pages(id, canReadPayload)) {
    yield page.map((event) => `${JSON.stringify(event)}\n`).join('');
  }
}
