import { rollUpSteps, type Keys, type Store } from '@tributary/backplane';
import type { History, HistoryQuery, Mark } from '@tributary/protocol/admin-api';
import type { Clock } from '@tributary/runtime';
import { ask } from '../redis/ask.ts';
import { actionMarks } from './action-marks.ts';
import { AnswerCache } from './answer-cache.ts';
import type { MarkLog } from './marks.ts';
import { ReadingLine } from './reading-line.ts';
import { readRollUps } from './read-roll-ups.ts';
import { spanOf, type Span } from './span.ts';
import { SpanReading } from './span-reading.ts';

export interface HistoryParts {
  store: Store;
  /** Roll-ups have no partition. */
  keys: Keys;
  clock: Clock;
  marks: MarkLog;
  /** Nodes that ought to report now: `id.incarnation`. */
  nodes: () => readonly string[];
}

type Asked = Omit<HistoryQuery, 'columns' | 'rangeMs'> & { columns: number; rangeMs: number };
type Answer = Omit<History, 'marks'> & { found: readonly Mark[] };

const leastHoldMs = 2000;
const mostHoldMs = 60_000;
/** A reading of 50 nodes in 240 columns takes about 25 MB. */
const maxReadings = 4;
const maxAnswers = 64;
const maxMarks = 200;
/** Readings under way: each asks Redis for up to 20,000 entries. */
const lineLimits = { maxRunning: 2, maxWaiting: 30 };

/**
 * The fleet and its nodes over time, from what the nodes rolled up in Redis. A span is read once for whoever asks about
 * any part of it, and equal questions are answered once.
 */
export class FleetHistory {
  readonly #parts: HistoryParts;
  readonly #readings: AnswerCache<SpanReading>;
  readonly #answers: AnswerCache<Answer>;
  readonly #line = new ReadingLine(lineLimits);

  constructor(parts: HistoryParts) {
    this.#parts = parts;
    const monotonic = (): number => parts.clock.monotonic();
    this.#readings = new AnswerCache(monotonic, maxReadings);
    this.#answers = new AnswerCache(monotonic, maxAnswers);
  }

  /**
   * @throws HttpProblem 400 `bad-range`; 503 `too-many-questions`, or `redis-away` when Redis is away and nobody has asked
   * the same before
   */
  async read(asked: Asked): Promise<History> {
    const { from, to, rangeMs, columns, node, class: ofClass } = asked;
    // Checked here, so that a bad range is refused before anybody's answer is looked for.
    const span = spanOf(asked, Math.max(1, this.#parts.nodes().length), this.#parts.clock.now());
    const range = JSON.stringify([from, to, rangeMs, columns]);
    const question = JSON.stringify([range, node, ofClass]);
    const { found, ...answer } = await this.#answers.answer(
      question,
      async () => this.#answer(await this.#reading(range, span), asked),
      holdMs,
    );
    return { ...answer, marks: mergeMarks(this.#parts.marks.between(answer.from, answer.to), found) };
  }

  #reading(range: string, span: Span): Promise<SpanReading> {
    return this.#readings.answer(
      range,
      () => this.#line.run(() => this.#readSpan(span)),
      (reading) => holdMs(reading.span),
    );
  }

  #readSpan(span: Span): Promise<SpanReading> {
    const { store, keys } = this.#parts;
    const reading = new SpanReading(span);
    return ask(store, async (redis) => {
      await readRollUps(redis, keys, span, (entry) => reading.add(entry));
      reading.actions = await actionMarks(redis, keys, span.from, span.to + span.stepMs);
      return reading;
    });
  }

  #answer(reading: SpanReading, asked: Asked): Answer {
    const { source, from, to, stepMs, slotMs } = reading.span;
    const isOver = this.#parts.clock.now() - to > 3 * slotMs;
    return {
      ...{ source, from, to, stepMs },
      columns: reading.columns(asked),
      formulaVersions: reading.formulaVersions,
      nodes: reading.reporting(asked, isOver ? undefined : this.#parts.nodes()),
      found: reading.marks,
    };
  }
}

/** New slots come at every step, and nothing of a finished one changes. */
const holdMs = ({ source }: Pick<Span, 'source'>): number =>
  Math.min(mostHoldMs, Math.max(leastHoldMs, rollUpSteps[source].stepMs / 3));

/** What this process saw of a node itself is told exactly; roll-ups tell of the rest. */
function mergeMarks(seen: readonly Mark[], found: readonly Mark[]): Mark[] {
  const named = (mark: Mark): string => `${mark.kind === 'node-started'} ${mark.text.split(' ')[0]}`;
  const known = new Set(seen.map(named));
  const merged = [...seen, ...found.filter((mark) => mark.kind === 'action' || !known.has(named(mark)))];
  return merged.sort((a, b) => a.at - b.at).slice(-maxMarks);
}
