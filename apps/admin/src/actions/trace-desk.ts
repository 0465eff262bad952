import { randomBytes } from 'node:crypto';
import {
  isTraceRunning,
  listTraces,
  maxRunningTraces,
  readTraceTotals,
  startTrace,
  stopTrace,
  traceEnd,
  type Keys,
  type TraceOrder,
  type TraceTotals,
} from '@tributary/backplane';
import { parseTarget, type Operation, type Target, type Trace } from '@tributary/protocol/admin-api';
import { HttpProblem } from '../http/problem.ts';
import { ask, askForChange } from '../redis/ask.ts';
import { noteInHistory } from './history-note.ts';
import { orderNodes } from './node-orders.ts';
import type { ActionParts } from './parts.ts';

export interface TraceWish {
  readonly target: string;
  readonly payload: boolean;
  readonly ttlSeconds: number;
  readonly by: string;
}

type OnEnded = (operation: Operation) => void;

/** Traces as operators see them. */
export class TraceDesk {
  readonly #parts: ActionParts;
  /** As they were when last read: for whoever cannot wait. */
  #known = new Map<string, Trace>();

  constructor(parts: ActionParts) {
    this.#parts = parts;
  }

  /** @throws HttpProblem 400 `bad-target` */
  targetOf({ device, target }: { device?: string | undefined; target?: string | undefined }): Target {
    if ((device === undefined) !== (target === undefined)) {
      const found = parseTarget(device === undefined ? target! : `id:${device}`);
      if (found !== undefined) return found;
    }
    throw new HttpProblem(400, 'bad-target', 'a trace is of one device, of ip:ADDRESS or of prefix:CIDR');
  }

  /** @throws HttpProblem 409 `too-many-traces`, 503 */
  async start(wish: TraceWish, onEnded: OnEnded): Promise<{ trace: Trace; operation: Operation }> {
    const { store, clock } = this.#parts;
    const { target, payload, by, ttlSeconds } = wish;
    const at = clock.now();
    const id = `tr-${randomBytes(9).toString('hex')}`;
    const order: TraceOrder = { id, target, payload, by, at, until: at + ttlSeconds * 1000 };
    const { operation } = await this.#order({ target, by }, onEnded, async (keys) => {
      if ((await askForChange(store, (redis) => startTrace(redis, keys, order, at))) === 'too-many')
        throw new HttpProblem(
          409,
          'too-many-traces',
          `${maxRunningTraces} traces run already; stop one first`,
        );
    });
    this.#note(order);
    const trace = viewOf(order, { events: 0, dropped: 0 }, at);
    this.#known.set(id, trace);
    return { trace, operation };
  }

  /** Ends a trace; one that has ended stays as it is. @throws HttpProblem 404 `trace-not-found`, 503 */
  async stop(id: string, by: string, onEnded: OnEnded): Promise<{ trace: Trace; operation: Operation }> {
    const { store, clock } = this.#parts;
    const seen = await this.get(id);
    const { changed, operation } = await this.#order({ target: seen.target, by }, onEnded, async (keys) => {
      const order = await askForChange(store, (redis) => stopTrace(redis, keys, id, clock.now()));
      if (order === undefined) throw notFound();
      return order;
    });
    return { trace: viewOf(changed, seen, clock.now()), operation };
  }

  /** Newest first. */
  async list(): Promise<Trace[]> {
    const began = this.#parts.clock.now();
    const traces = await Promise.all((await this.#orders()).map((order) => this.#view(order)));
    // What was started meanwhile is not among them.
    const newer = [...this.#known.values()].filter(({ at }) => at >= began);
    this.#known = new Map([...newer, ...traces].map((trace) => [trace.id, trace]));
    return traces;
  }

  /** A trace as it was when last read. */
  lastSeen(id: string): Trace | undefined {
    return this.#known.get(id);
  }

  /** @throws HttpProblem 404 `trace-not-found` */
  async get(id: string): Promise<Trace> {
    const order = (await this.#orders()).find((one) => one.id === id);
    if (order === undefined) throw notFound();
    return this.#view(order);
  }

  async #orders(): Promise<TraceOrder[]> {
    const { store, clock } = this.#parts;
    const keys = await this.#parts.keys();
    return ask(store, (redis) => listTraces(redis, keys, clock.now()));
  }

  async #view(order: TraceOrder): Promise<Trace> {
    const { store, clock } = this.#parts;
    const keys = await this.#parts.keys();
    const totals = await ask(store, (redis) => readTraceTotals(redis, keys, order.id));
    return viewOf(order, totals, clock.now());
  }

  #order<T>(
    about: { target: string; by: string },
    onEnded: OnEnded,
    change: (keys: Keys) => Promise<T>,
  ): Promise<{ changed: T; operation: Operation }> {
    const facts = { action: 'trace', reason: '', ...about } as const;
    return orderNodes({ type: 'traces-changed', facts, change, onEnded }, this.#parts);
  }

  /** Into the history of the device; the trace runs whether or not that is written. */
  #note({ target, by, payload, at }: TraceOrder): void {
    const meant = parseTarget(target);
    if (meant?.kind !== 'id') return;
    const reason = payload ? 'with payloads' : '';
    const note = {
      device: meant.id,
      epoch: 0,
      node: '',
      action: 'trace',
      by,
      reason,
      outcome: 'started',
      ts: at,
    };
    noteInHistory(note, this.#parts);
  }
}

const notFound = (): HttpProblem =>
  new HttpProblem(404, 'trace-not-found', 'there is no such trace; one is kept for a day after its end');

/** A trace as the API says it. @param now Unix ms */
export function viewOf(order: TraceOrder, { events, dropped }: TraceTotals, now: number): Trace {
  const { id, target, payload, by, at } = order;
  const meant = parseTarget(target);
  const isStopped = order.stoppedAt !== undefined;
  return {
    ...{ id, target, payload, by, at, until: traceEnd(order), events, dropped },
    device: meant?.kind === 'id' ? meant.id : '',
    state: isTraceRunning(order, now) ? 'running' : isStopped ? 'stopped' : 'expired',
  };
}
