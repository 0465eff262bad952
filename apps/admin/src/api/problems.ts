import { alarmSchema, muteSchema, problemsSchema } from '@tributary/protocol/admin-api';
import type { Clock } from '@tributary/runtime';
import { z } from 'zod';
import { audit } from '../access/audit.ts';
import type { App } from '../http/app.ts';
import { HttpProblem } from '../http/problem.ts';
import type { ProblemWatch } from '../problems/problem-watch.ts';

const tags = ['problems'];
const params = z.object({ id: z.string() });
const response = { 200: alarmSchema };
const longestMuteMs = 30 * 86_400_000;

/** `GET /api/v1/problems`, and what operators say about an alarm. */
export function problemRoutes(app: App, problems: ProblemWatch, clock: Clock): void {
  app.get(
    '/api/v1/problems',
    {
      config: { needs: 'viewer' },
      schema: { summary: 'Alarms and devices that need a look', tags, response: { 200: problemsSchema } },
    },
    () => problems.problems(),
  );
  app.post(
    '/api/v1/alarms/:id/acknowledge',
    {
      config: { needs: 'operator', audit: 'alarm.acknowledge' },
      schema: { summary: 'Take care of an alarm', tags, params, response },
    },
    async (request) => {
      const { id } = problems.alarm(request.params.id);
      await audit(request, { action: 'alarm.acknowledge', target: id, result: 'done' });
      return problems.acknowledge(id, request.operator.name);
    },
  );
  app.post(
    '/api/v1/alarms/:id/mute',
    {
      config: { needs: 'operator', audit: 'alarm.mute' },
      schema: { summary: 'Be silent about an alarm until a time', tags, params, body: muteSchema, response },
    },
    async (request) => {
      const { id } = problems.alarm(request.params.id);
      const { until, reason } = request.body;
      checkUntil(until, clock.now());
      await audit(request, { action: 'alarm.mute', target: id, reason, result: 'done', detail: { until } });
      return problems.mute(id, until, request.operator.name);
    },
  );
  app.post(
    '/api/v1/alarms/:id/unmute',
    {
      config: { needs: 'operator', audit: 'alarm.unmute' },
      schema: { summary: 'Hear of a muted alarm again', tags, params, response },
    },
    async (request) => {
      const { id } = problems.alarm(request.params.id);
      await audit(request, { action: 'alarm.unmute', target: id, result: 'done' });
      return problems.unmute(id);
    },
  );
}

function checkUntil(until: number, now: number): void {
  if (until <= now || until > now + longestMuteMs)
    throw new HttpProblem(400, 'bad-until', 'until must be in the future, and at most 30 days away');
}
