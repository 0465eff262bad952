import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '@tributary/runtime';
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type RawServerDefault,
} from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { answerError } from './problem.ts';

/** The Fastify instance as routes see it: schemas are zod. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface AppOptions {
  logger: Logger;
  tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  trustedProxies: readonly string[];
}

/** An empty server: what requests may be like, and how errors are answered. @throws when a file of `tls` cannot be read */
export function createApp({ logger, tls, trustedProxies }: AppOptions): App {
  const options = {
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 64 * 1024,
    forceCloseConnections: true,
    // Who sends a request this slowly is no browser.
    requestTimeout: 30_000,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    frameworkErrors: (error: Parameters<typeof answerError>[0], request: unknown, reply: unknown) =>
      answerError(error, request as FastifyRequest, reply as FastifyReply),
    // A client id may have 256 bytes, each three characters when percent-encoded.
    routerOptions: { maxParamLength: 1024, caseSensitive: true },
  };
  // Routes do not see the difference, and one type for both keeps their signatures readable.
  const plain = (
    tls === undefined ? fastify(options) : fastify({ ...options, https: readTls(tls) })
  ) as FastifyInstance;
  const app = plain.withTypeProvider<ZodTypeProvider>() as App;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerError);
  app.decorateRequest('problemCode', '');
  return app;
}

function readTls({ certFile, keyFile }: { readonly certFile: string; readonly keyFile: string }): {
  cert: Buffer;
  key: Buffer;
  minVersion: 'TLSv1.2';
  handshakeTimeout: number;
} {
  const [cert, key] = [readFileSync(certFile), readFileSync(keyFile)];
  return { cert, key, minVersion: 'TLSv1.2', handshakeTimeout: 10_000 };
}
