import { Keys, type Answer, type RedisTlsOptions } from '@tributary/backplane';
import type { Operation } from '@tributary/protocol/admin-api';
import type { FastifyRequest } from 'fastify';
import { actorOf } from '../access/audit.ts';
import type { AuditFacts } from '../access/audit-log.ts';
import { HttpProblem } from '../http/problem.ts';
import { AnswerFeed } from './answer-feed.ts';
import { BanDesk } from './ban-desk.ts';
import { CredentialDesk } from './credential-desk.ts';
import { Disconnects } from './disconnects.ts';
import { FrozenSets } from './frozen-sets.ts';
import { Idempotency } from './idempotency.ts';
import { OperationBook } from './operation-book.ts';
import { partitionedKeys } from './partitioned-keys.ts';
import type { ActionParts } from './parts.ts';
import { TraceDesk } from './trace-desk.ts';
import { TraceReader } from './trace-reader.ts';
import { type TraceLooks, TraceWatch } from './trace-watch.ts';

/** How often it is looked whose answer is overdue, ms. */
const expireMs = 200;
/** How often the traces are read, so that a page that opens one sees it at once, ms. */
const traceListMs = 5000;
/** The most operations that may be under way at a time. */
const maxActive = 100;

export interface ActionOptions {
  readonly url: string;
  readonly tls?: RedisTlsOptions | undefined;
  readonly namespace: string;
  readonly connectTimeoutMs: number;
}

/** What operators do to the fleet: each action goes to the nodes through Redis, and is told as they answer. */
export class Actions {
  readonly book: OperationBook;
  readonly idempotency: Idempotency;
  readonly sets: FrozenSets;
  readonly disconnects: Disconnects;
  readonly bans: BanDesk;
  readonly credentials: CredentialDesk;
  readonly traces: TraceDesk;
  readonly traceReader: TraceReader;
  readonly #parts: ActionParts;
  readonly #answers: AnswerFeed;
  #timers: NodeJS.Timeout[] = [];

  constructor(
    { store, fleet, clock, logger }: Pick<ActionParts, 'store' | 'fleet' | 'clock' | 'logger'>,
    { url, tls, namespace, connectTimeoutMs }: ActionOptions,
  ) {
    this.book = new OperationBook(clock);
    this.idempotency = new Idempotency(clock);
    this.sets = new FrozenSets(clock);
    const keys = partitionedKeys(store, namespace);
    this.#parts = { store, fleet, clock, logger, keys, book: this.book, idempotency: this.idempotency };
    this.disconnects = new Disconnects(this.#parts);
    this.bans = new BanDesk(this.#parts);
    this.credentials = new CredentialDesk(this.#parts);
    this.traces = new TraceDesk(this.#parts);
    this.traceReader = new TraceReader(this.#parts);
    this.#answers = new AnswerFeed({
      ...{ url, tls, connectTimeoutMs, logger, keys: new Keys(namespace, 1) },
      onAnswer: (answer) => this.#answered(answer),
    });
  }

  start(): void {
    this.#answers.start();
    const readTraces = (): void => void this.traces.list().catch(() => undefined);
    this.#parts.store.once('up', readTraces);
    this.#timers = [setInterval(() => this.book.expire(), expireMs), setInterval(readTraces, traceListMs)];
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.disconnects.stop();
    await this.#answers.stop();
  }

  /** @throws HttpProblem 429 `too-many-operations` */
  checkRoom(): void {
    if (this.book.activeCount >= maxActive)
      throw new HttpProblem(429, 'too-many-operations', `${maxActive} operations are under way already`);
  }

  /** What came of an accepted action, for the audit: called when the operation has ended, long after its request. */
  auditEnd(request: FastifyRequest, facts: Omit<AuditFacts, 'result'>): (operation: Operation) => void {
    const { auditLog } = request.server;
    const actor = actorOf(request);
    return ({ id, action, outcomes, total, state }) => {
      const detail = { ...facts.detail, operation: id, state, total, outcomes };
      // What is for all nodes is in force by now, whoever of them has answered.
      const isGood = !action.startsWith('disconnect') || (outcomes['disconnected'] ?? 0) > 0;
      auditLog
        .append(actor, { ...facts, result: isGood ? 'done' : 'failed', detail })
        .catch((error: unknown) =>
          this.#parts.logger.error({ err: error, operation: id }, 'an outcome is missing in the audit'),
        );
    };
  }

  /** A trace as one viewer follows it; whoever asks for it stops it. */
  watchTrace(looks: TraceLooks): TraceWatch {
    const { logger } = this.#parts;
    return new TraceWatch(looks, { desk: this.traces, reader: this.traceReader, logger });
  }

  #answered({ op, device, node, outcome, detail }: Answer): void {
    // One that is of another admin process is not in the book.
    this.book.answered(op, device === '' ? node : device, outcome, detail);
  }
}
