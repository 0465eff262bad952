import { csrfHeader } from '@tributary/protocol/admin-api';
import type { z } from 'zod';
import { ApiError, errorOf } from './problem.ts';

type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Write {
  method?: Method;
  body?: unknown;
  signal?: AbortSignal;
  /** The same key twice is the same action once: keep it over retries of one click. A new one is made otherwise. */
  idempotencyKey?: string;
}

const root = '/api/v1';
const signedOut = new Set<() => void>();

/** Calls `listener` whenever the server says that nobody is signed in; the returned function ends that. */
export function onSignedOut(listener: () => void): () => void {
  signedOut.add(listener);
  return () => signedOut.delete(listener);
}

/** Reads `path` (below `/api/v1`). Throws `ApiError` and nothing else, but for a request its caller aborted. */
export async function getJson<S extends z.ZodType>(
  path: string,
  schema: S,
  signal?: AbortSignal,
): Promise<z.output<S>> {
  return understood(await ask(path, { ...(signal !== undefined && { signal }) }), schema);
}

/** Changes something. `schema` undefined: the answer has no body that matters. */
export function send<S extends z.ZodType>(path: string, schema: S, write?: Write): Promise<z.output<S>>;
export function send(path: string, schema: undefined, write?: Write): Promise<undefined>;
export async function send(
  path: string,
  schema: z.ZodType | undefined,
  { method = 'POST', body, signal, idempotencyKey = newKey() }: Write = {},
): Promise<unknown> {
  const headers: Record<string, string> = { [csrfHeader]: '1', 'idempotency-key': idempotencyKey };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const init: RequestInit = { method, headers };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (signal !== undefined) init.signal = signal;
  const answer = await ask(path, init);
  return schema === undefined ? undefined : understood(answer, schema);
}

/** 128 random bits; `crypto.randomUUID` exists only where the page is served securely. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The body of a good answer, as it came. */
async function ask(path: string, init: RequestInit): Promise<unknown> {
  const headers = { accept: 'application/json', ...(init.headers as Record<string, string> | undefined) };
  const response = await reach(path, { ...init, headers });
  const body = await bodyOf(response);
  if (response.ok) return body;
  const error = errorOf(response.status, body, response.headers.get('retry-after'));
  if (error.code === 'not-signed-in') for (const listener of signedOut) listener();
  throw error;
}

function understood<S extends z.ZodType>(body: unknown, schema: S): z.output<S> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const message = 'the server gave an answer this page does not understand; it may be of another version';
  throw new ApiError({ status: 200, code: 'not-understood', message, cause: parsed.error });
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(root + path, init);
  } catch (cause) {
    if (init.signal?.aborted === true) throw cause;
    throw new ApiError({ status: 0, code: 'unreachable', message: 'the server cannot be reached', cause });
  }
}

/** What is no JSON is nothing: an error page of a proxy, an empty answer. */
async function bodyOf(response: Response): Promise<unknown> {
  try {
    return (await response.json()) as unknown;
  } catch {
    return undefined;
  }
}
