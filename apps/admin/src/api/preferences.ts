import { preferencesSchema, type OperatorPreferences } from '@tributary/protocol/admin-api';
import type { Keys, Store } from '@tributary/backplane';
import { requireSession } from '../access/require-session.ts';
import type { App } from '../http/app.ts';
import { ask } from '../redis/ask.ts';

const tags = ['session'];
const path = '/api/v1/session/preferences';
const usual: OperatorPreferences = { theme: 'system', density: 'normal', hasLetterKeys: true };

/** `/api/v1/session/preferences`: how an operator wants the page; kept with them, not with one browser. */
export function preferenceRoutes(app: App, { store, keys }: { store: Store; keys: Keys }): void {
  app.get(
    path,
    {
      config: { needs: 'viewer' },
      schema: { tags, summary: 'How one wants the page', response: { 200: preferencesSchema } },
    },
    async ({ operator }) => {
      const text = await ask(store, (redis) => redis.hget(keys.operatorPreferences, operator.name));
      return readPreferences(text);
    },
  );

  app.put(
    path,
    {
      // It touches nobody else, and may change with every click.
      config: { needs: 'viewer', audit: false },
      schema: {
        ...{ tags, summary: 'Choose how one wants the page', body: preferencesSchema },
        response: { 200: preferencesSchema },
      },
    },
    async (request) => {
      requireSession(request);
      const text = JSON.stringify(request.body);
      await ask(store, (redis) => redis.hset(keys.operatorPreferences, request.operator.name, text));
      return request.body;
    },
  );
}

/** What was stored by another version is as if never chosen. */
function readPreferences(text: string | null): OperatorPreferences {
  try {
    return preferencesSchema.parse(JSON.parse(text ?? ''));
  } catch {
    return usual;
  }
}
