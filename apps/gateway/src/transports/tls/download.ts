import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';

export interface DownloadLimits {
  readonly maxBytes: number;
  /** For the whole of it. */
  readonly timeoutMs: number;
}

/**
 * Fetches a file: no redirects, no compression, nothing above its bounds.
 * @param etag of what is there already
 * @returns undefined when that is still it (304)
 * @throws Error in words for the log; never with the address, which may hold a secret
 */
export function download(
  url: string,
  etag: string | undefined,
  { maxBytes, timeoutMs }: DownloadLimits,
): Promise<{ readonly bytes: Buffer; readonly etag: string | undefined } | undefined> {
  const get = url.startsWith('https:') ? getHttps : getHttp;
  const signal = AbortSignal.timeout(timeoutMs);
  const headers = { 'accept-encoding': 'identity', ...(etag === undefined ? {} : { 'if-none-match': etag }) };
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void =>
      reject(signal.aborted ? new Error(`no answer within ${timeoutMs} ms`, { cause: error }) : error);
    const request = get(url, { agent: false, signal, headers }, (response) => {
      response.on('error', fail);
      if (response.statusCode === 304 && etag !== undefined) return resolve(drop(response));
      if (response.statusCode !== 200) {
        drop(response);
        return reject(new Error(`answered ${response.statusCode}`));
      }
      collect(response, maxBytes).then((bytes) => resolve({ bytes, etag: response.headers.etag }), fail);
    });
    request.on('error', fail);
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
