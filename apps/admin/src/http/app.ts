import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
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
import type { OwnCertificate } from './own-certificate.ts';
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
  /** Serves HTTPS with it; kept up to date until the app is closed. */
  certificate: OwnCertificate | undefined;
  trustedProxies: readonly string[];
}

/** An empty server: what requests may be like, and how errors are answered. */
export function createApp({ logger, certificate, trustedProxies }: AppOptions): App {
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
    // The target of a ban has up to 1100 characters, each up to nine when percent-encoded: what is banned can be lifted.
    routerOptions: { maxParamLength: 10_000, caseSensitive: true },
  };
  // Routes do not see the difference, and one type for both keeps their signatures readable.
  const plain = (
    certificate === undefined ? fastify(options) : fastify({ ...options, https: certificate.options() })
  ) as FastifyInstance;
  if (certificate !== undefined) {
    certificate.keep(plain.server as unknown as HttpsServer);
    plain.addHook('onClose', (_app, done) => {
      certificate.stop();
      done();
    });
  }
  const app = plain.withTypeProvider<ZodTypeProvider>() as App;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerError);
  app.decorateRequest('problemCode', '');
  return app;
}
