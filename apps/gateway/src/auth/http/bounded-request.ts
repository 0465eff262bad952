import { request as httpRequest, type Agent, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface BoundedRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** From the first byte sent to the last one read, ms. */
  readonly timeoutMs: number;
  /** The most bytes of an answer. */
  readonly maxBytes: number;
  readonly agent?: Agent | undefined;
  /** PEM of the authorities an `https:` server is checked with; those of Node when there is none. */
  readonly ca?: Buffer | undefined;
}

export interface BoundedAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/**
 * Asks a server, in bounded time and memory: a hang, a slow drip, a body without end and bytes that are no HTTP all end in a
 * rejection. Redirects are not followed: they are answers with their status. A kept connection the server had just closed is
 * no answer: then it is asked once more, on another.
 */
export async function boundedRequest(asked: BoundedRequest): Promise<BoundedAnswer> {
  const late = AbortSignal.timeout(asked.timeoutMs);
  try {
    return await attempt(asked, late).catch((error: unknown) => {
      if (error instanceof ClosedMeanwhile) return attempt(asked, late);
      throw error;
    });
  } catch (error) {
    throw late.aborted ? new Error(`no answer within ${asked.timeoutMs} ms`, { cause: error }) : error;
  }
}

class ClosedMeanwhile extends Error {}

function attempt(asked: BoundedRequest, signal: AbortSignal): Promise<BoundedAnswer> {
  const { url, method, headers = {}, body = '', maxBytes, agent, ca } = asked;
  const isTls = url.startsWith('https:');
  const send = isTls ? httpsRequest : httpRequest;
  const options = {
    method,
    agent,
    signal,
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
  };
  return new Promise((resolve, reject) => {
    const request = send(url, isTls && ca !== undefined ? { ...options, ca } : options);
    request.on('error', (error: NodeJS.ErrnoException) => {
      const wasClosed = request.reusedSocket && error.code === 'ECONNRESET';
      reject(wasClosed ? new ClosedMeanwhile('closed meanwhile', { cause: error }) : error);
    });
    request.on('response', (response) => {
      readAll(response, maxBytes).then(resolve, (error: unknown) => {
        request.destroy();
        reject(error as Error);
      });
    });
    // Unheard, it would be the end of the connection and not of this promise, whatever its deadline.
    request.on('upgrade', ({ statusCode }, socket) => {
      socket.destroy();
      reject(new Error(`answered with status ${statusCode}`));
    });
    request.end(body);
  });
}

async function readAll(response: IncomingMessage, maxBytes: number): Promise<BoundedAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`an answer of more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  if (!response.complete) throw new Error('the answer ended too early');
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks) };
}
