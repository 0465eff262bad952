import fastifySwagger from '@fastify/swagger';
import { problemSchema } from '@tributary/protocol/admin-api';
import type { FastifySchema, RouteOptions } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import type { App } from '../http/app.ts';

const info = {
  title: 'Tributary admin API',
  version: '1',
  description:
    'What the dashboard uses. Programs send an API token as `Authorization: Bearer …`; browsers a session cookie and, ' +
    'with every write, the header `x-tributary-csrf: 1`. Errors are RFC 9457 problems with a stable `code`.',
  license: { name: 'Apache-2.0' },
};

const securitySchemes = {
  token: { type: 'http', scheme: 'bearer' },
  session: { type: 'apiKey', in: 'cookie', name: 'tributary-session' },
} as const;

/** Collects what routes say of themselves; comes before the first of them. */
export async function collectOpenApi(app: App): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: { openapi: '3.1.0', info, components: { securitySchemes } },
    transform: ({ schema, url, route, ...rest }) => {
      const isHidden = !url.startsWith('/api/');
      return jsonSchemaTransform({
        ...rest,
        url,
        route,
        schema: isHidden ? { hide: true } : described(schema, route),
      });
    },
  });
}

/** `GET /api/v1/openapi.json`: this API, for programs. The same for everybody, so it needs no sign-in. */
export function openApiRoutes(app: App): void {
  app.get(
    '/api/v1/openapi.json',
    { config: { needs: 'public' }, schema: { tags: ['session'], summary: 'This document' } },
    () => app.swagger(),
  );
}

/** Adds what is the same for all: who may call it, and how errors look. */
function described(schema: FastifySchema | undefined, { config }: RouteOptions): FastifySchema {
  const needs = config?.needs ?? 'public';
  const who = needs === 'public' ? 'Needs no sign-in.' : `Needs the role ${needs}.`;
  const response = (schema?.response ?? {}) as Readonly<Record<string, unknown>>;
  return {
    ...schema,
    description: [schema?.description, who].filter((text) => text !== undefined).join(' '),
    security: needs === 'public' ? [] : [{ token: [] }, { session: [] }],
    response: { ...response, '4xx': problemSchema, '5xx': problemSchema },
  };
}
