import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Operation } from '@tributary/protocol/admin-api';
import { WebSocket } from 'ws';
import { OwnedProcess, repositoryRoot } from './processes.ts';
import { signIn, testPassword, type SignedInHeaders } from './sign-in.ts';
import { until } from './until.ts';

const mainFile = join(repositoryRoot, 'apps/admin/dist/main.js');

/** What the API answered. */
export interface Answer<T> {
  readonly status: number;
  readonly body: T;
  /** From the request to the whole answer, ms. */
  readonly tookMs: number;
}

/** A message of the live feed. */
export interface FeedMessage {
  readonly type: string;
  readonly ch?: string;
  readonly [field: string]: unknown;
}

/** An admin process, with the operator `admin` signed in. */
export class Admin {
  readonly process: OwnedProcess;
  address = '';
  headers!: SignedInHeaders;

  constructor(redisUrl: string) {
    if (!existsSync(mainFile)) throw new Error(`${mainFile} is missing: run \`npm run build\` first`);
    this.process = new OwnedProcess(process.execPath, [mainFile], {
      env: {
        PATH: process.env['PATH'],
        TRIBUTARY_REDIS_URL: redisUrl,
        TRIBUTARY_ADMIN_PORT: '0',
        TRIBUTARY_ADMIN_FIRST_PASSWORD: testPassword,
      },
    });
  }

  async started(): Promise<this> {
    this.address = await until(
      () => `the admin's ready line; it said:\n${this.process.lines.join('\n')}`,
      () => {
        if (this.process.exit !== undefined) throw new Error(`the admin ended: ${this.process.exit}`);
        const line = this.process.lines.find((each) => each.includes('"msg":"admin ready"'));
        return line === undefined ? undefined : String((JSON.parse(line) as { address: string }).address);
      },
    );
    this.headers = await until('the first operator', () => signIn(this.address));
    return this;
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
      signal: AbortSignal.timeout(10_000),
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

  async stop(): Promise<void> {
    this.process.signal('SIGTERM');
    try {
      await until('the admin to stop', () => this.process.exit !== undefined, { deadlineMs: 10_000 });
    } finally {
      await this.process.kill();
    }
  }
}

/** One viewer of the live feed. */
export class Feed {
  readonly messages: FeedMessage[] = [];
  readonly #socket: WebSocket;

  constructor(url: string, headers: Record<string, string>, origin: string) {
    this.#socket = new WebSocket(url, { headers: { ...headers, origin } });
    this.#socket.on('message', (data) =>
      this.messages.push(JSON.parse((data as Buffer).toString()) as FeedMessage),
    );
    this.#socket.on('error', () => undefined);
  }

  async open(): Promise<void> {
    await until('the live socket to open', () => this.#socket.readyState === WebSocket.OPEN);
  }

  subscribe(sub: readonly object[]): void {
    this.#socket.send(JSON.stringify({ sub }));
  }

  /** All there is of one field of a channel's messages, one after the other. */
  all<T>(ch: string, field: string): T[] {
    return this.messages.filter((one) => one.ch === ch).flatMap((one) => (one[field] ?? []) as T[]);
  }

  close(): void {
    this.#socket.terminate();
  }
}

/** Starts an admin and signs in. */
export function startAdmin(redisUrl: string): Promise<Admin> {
  return new Admin(redisUrl).started();
}
