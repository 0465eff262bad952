import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

export interface DownloadLimits {
  readonly maxBytes: number;
  /** For the whole of it. */
  readonly timeoutMs: number;
}

/** What is asked; without a `body` it is a GET. */
export interface DownloadRequest {
  /** Of what is there already: undefined is answered when that is still it (304). */
  readonly etag?: string | undefined;
  readonly body?: { readonly type: string; readonly bytes: Buffer } | undefined;
}

export interface Downloaded {
  readonly bytes: Buffer;
  readonly etag: string | undefined;
}

/**
 * Fetches a file: no redirects, no compression, nothing above its bounds.
 * @throws Error in words for the log; never with the address, which may hold a secret
 */
export function download(
  url: string,
  { etag, body }: DownloadRequest,
  { maxBytes, timeoutMs }: DownloadLimits,
): Promise<Downloaded | undefined> {
  const ask = url.startsWith('https:') ? requestHttps : requestHttp;
  const signal = AbortSignal.timeout(timeoutMs);
  const headers = {
    'accept-encoding': 'identity',
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
    ...(body === undefined ? {} : { 'content-type': body.type, 'content-length': body.bytes.length }),
  };
  const method = body === undefined ? 'GET' : 'POST';
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void =>
      reject(signal.aborted ? new Error(`no answer within ${timeoutMs} ms`, { cause: error }) : error);
    const request = ask(url, { agent: false, method, signal, headers }, (response) => {
      response.on('error', fail);
      if (response.statusCode === 304 && etag !== undefined) return resolve(drop(response));
      if (response.statusCode !== 200) {
        drop(response);
        return reject(new Error(`answered ${response.statusCode}`));
      }
      collect(response, maxBytes).then((bytes) => resolve({ bytes, etag: response.headers.etag }), fail);
    });
    request.on('error', fail);
    // Unheard, it would be the end of the connection and not of this promise, whatever its deadline.
    request.on('upgrade', ({ statusCode }, socket) => {
      socket.destroy();
      reject(new Error(`answered ${statusCode}`));
    });
    request.end(body?.bytes);
  });
}

function drop(response: IncomingMessage): undefined {
  response.destroy();
}

function collect(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) return void chunks.push(chunk);
      response.destroy();
      reject(new Error(`more than ${maxBytes} bytes`));
    });
    response.on('error', reject);
    response.on('end', () => resolve(Buffer.concat(chunks)));
    // Node tells of a body that was cut off by 'aborted' as an error; this is for what ends in no other way.
    response.on('close', () => reject(new Error('the answer was cut off')));
  });
}
