import type { Operation } from '@tributary/protocol/admin-api';
import { withDeadline } from '@tributary/runtime';
import { type Admin, startAdmin } from './admin.ts';
import { Feed } from './live-feed.ts';
import { signIn, testPassword, type SignedInHeaders } from './sign-in.ts';
import { until } from './until.ts';

/** What the API answered. */
export interface Answer<T> {
  readonly status: number;
  readonly body: T;
  /** From the request to the whole answer, ms. */
  readonly tookMs: number;
}

/** An admin process as its operator `admin` uses it, who is signed in. */
export class AdminDesk {
  readonly address: string;
  readonly headers: SignedInHeaders;
  readonly #admin: Admin;

  constructor(admin: Admin, headers: SignedInHeaders) {
    this.#admin = admin;
    this.address = admin.address;
    this.headers = headers;
  }

  async call<T>(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = { ...this.headers },
  ): Promise<Answer<T>> {
    const began = performance.now();
    const response = await fetch(`${this.address}/api/v1${path}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(15_000),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    const isLines = response.headers.get('content-type')?.includes('ndjson') === true;
    const answer = isJson && !isLines ? (JSON.parse(text) as T) : (text as T);
    return { status: response.status, body: answer, tookMs: performance.now() - began };
  }

  /** Makes an operator and signs it in. */
  async operator(name: string, role: string, canReadPayload = false): Promise<SignedInHeaders> {
    const made = await this.call('POST', '/operators', {
      name,
      role,
      canReadPayload,
      password: testPassword,
    });
    if (made.status >= 300) throw new Error(`no operator ${name}: ${JSON.stringify(made.body)}`);
    return signIn(this.address, { name, password: testPassword });
  }

  /** Waits until an operation has ended. */
  ended(id: string, deadlineMs = 15_000): Promise<Operation> {
    return until(
      `the operation ${id} to end`,
      async () => {
        const { body } = await this.call<Operation>('GET', `/operations/${id}`);
        return body.endedAt !== null && body;
      },
      { deadlineMs, everyMs: 20 },
    );
  }

  /** Subscribes to the live feed; what comes is in `messages`. Close it. */
  async watch(sub: readonly object[], headers = this.headers): Promise<Feed> {
    const feed = new Feed(`${this.address.replace('http', 'ws')}/api/v1/live`, { ...headers }, this.address);
    await feed.open();
    feed.subscribe(sub);
    return feed;
  }

  /** Ends the admin, at worst with SIGKILL. */
  async stop(): Promise<void> {
    try {
      await withDeadline(this.#admin.stop(), 20_000, () => {
        throw new Error('the admin does not stop');
      });
    } finally {
      await this.#admin.kill();
    }
  }
}

/** Starts an admin and signs in. */
export async function startAdminDesk(redisUrl: string): Promise<AdminDesk> {
  const admin = await startAdmin({ redisUrl });
  return new AdminDesk(admin, await until('the first operator', () => signIn(admin.address)));
}
