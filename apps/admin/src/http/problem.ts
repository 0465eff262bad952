import { STATUS_CODES } from 'node:http';
import type { Problem } from '@tributary/protocol/admin-api';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the problem it was answered with; empty when it was not. */
    problemCode: string;
  }
}

/** An answer of a handler that is an error of the request: sent as RFC 9457 problem. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly status: number;
  readonly code: string;
  /** When it is worth trying again. */
  readonly retryAfterSeconds: number | undefined;
  /** Further members of the document: RFC 9457, section 3.2. */
  readonly extension?: Readonly<Record<string, unknown>>;
  /** Nobody knows whether what was asked for was done. */
  mayBeDone = false;

  constructor(status: number, code: string, detail: string, retryAfterSeconds?: number) {
    super(detail);
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

interface ProblemFacts {
  status: number;
  code: string;
  message?: string;
  retryAfterSeconds?: number | undefined;
  extension?: Readonly<Record<string, unknown>>;
  mayBeDone?: boolean;
}

/** Sends a problem; never cached, and never rendered as a page. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, code, message, retryAfterSeconds, extension, mayBeDone = false }: ProblemFacts,
): FastifyReply {
  request.problemCode = code;
  const title = STATUS_CODES[status] ?? 'Error';
  const problem: Problem = { ...extension, type: 'about:blank', title, status, code, requestId: request.id };
  if (message !== undefined) problem.detail = message;
  if (mayBeDone) problem.mayBeDone = true;
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
  // The scheme without a dialogue of the browser.
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/problem+json; charset=utf-8')
    .serializer((value: unknown) => JSON.stringify(value))
    .send(problem);
}

/** Every error that leaves a route, as a problem. What is our fault is logged and told without its details. */
export function answerError(
  error: FastifyError | HttpProblem,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  if (error instanceof HttpProblem) {
    sendProblem(request, reply, error);
  } else if (hasZodFastifySchemaValidationErrors(error)) {
    const message = error.validation
      .map((issue) => `${issue.instancePath.slice(1)}: ${issue.message}`)
      .join('; ');
    sendProblem(request, reply, { status: 400, code: 'bad-request', message });
  } else if (error.statusCode !== undefined && error.statusCode < 500) {
    sendProblem(request, reply, { status: error.statusCode, code: 'bad-request', message: error.message });
  } else {
    request.log.error({ err: error }, 'request failed');
    sendProblem(request, reply, { status: 500, code: 'internal-error' });
  }
}
