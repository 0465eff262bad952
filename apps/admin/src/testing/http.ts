import { csrfHeader, type Problem } from '@tributary/protocol/admin-api';

export type Headers = Readonly<Record<string, string>>;

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: globalThis.Headers;
  readonly body: unknown;
}

/** Talks to one server the way one browser does. */
export class Caller {
  readonly #address: string;
  readonly #headers: Headers;

  constructor(address: string, headers: Headers = {}) {
    this.#address = address;
    this.#headers = headers;
  }

  /** The same with other headers; undefined takes one away. */
  with(headers: Readonly<Record<string, string | undefined>>): Caller {
    const merged = Object.entries({ ...this.#headers, ...headers });
    const kept = merged.filter((entry): entry is [string, string] => entry[1] !== undefined);
    return new Caller(this.#address, Object.fromEntries(kept));
  }

  get(path: string): Promise<Answer> {
    return this.ask('GET', path);
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.ask('POST', path, body);
  }

  patch(path: string, body: unknown): Promise<Answer> {
    return this.ask('PATCH', path, body);
  }

  delete(path: string): Promise<Answer> {
    return this.ask('DELETE', path);
  }

  async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.#address}/api/v1${path}`, {
      method,
      headers: { ...this.#headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? (JSON.parse(text) as unknown) : text,
    };
  }
}

/** Who is not signed in, but sends the header that writes need. */
export const nobody: Headers = { [csrfHeader]: '1' };

/** `401 not-signed-in`: what most tests of refusals are about. */
export function problemOf({ status, body }: Answer): string {
  return `${status} ${(body as Problem).code}`;
}
