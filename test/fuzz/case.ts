import { fromNotation, toNotation } from './notation.ts';

/** MQTT over TCP, MQTT over WebSocket, or a plain device over WebSocket. */
export type Way = 'tcp' | 'ws' | 'device';
const ways: readonly Way[] = ['tcp', 'ws', 'device'];

/** One connection of a case. */
export interface Plan {
  readonly way: Way;
  /** It acknowledges what is delivered to it, as a device with manners does. */
  readonly answers: boolean;
  /** It is left open behind its case, and ends some cases later or never. */
  readonly stays: boolean;
}

export interface Send {
  readonly on: number;
  readonly do: 'send';
  readonly bytes: Buffer;
  /** For people: which packet, and what was done to it. */
  readonly says: string;
  /** Written in pieces of so many bytes, each in a turn of its own; 0 is whole. */
  readonly piece: number;
  /** Held back and written together with what is sent next. */
  readonly isHeld: boolean;
  /** The packet goes on with what this connection sends next. */
  readonly isPart: boolean;
  /** Damaged, or taken from a table: what it does is not known. */
  readonly isOdd: boolean;
}

/**
 * What happens on connection `on`, in the order of the case. `await` waits for whatever comes, briefly; `greeted` until
 * the greeting is answered or the connection closed, and `ponged` until `count` pings are: when these do not come,
 * somebody hangs. `end` is FIN, `reset` RST; a `deaf` connection does not read until it is to `hear` again.
 */
export type Step =
  | Send
  | { readonly on: number; readonly do: 'await' | 'greeted' | 'end' | 'reset' | 'deaf' | 'hear' }
  | { readonly on: number; readonly do: 'ponged'; readonly count: number };

/** A sequence of packets on a few connections. */
export interface Case {
  /** Where it comes from: the same seed and number make the same case. */
  readonly name: string;
  readonly plans: readonly Plan[];
  readonly steps: readonly Step[];
}

/** Cases as text, one line per step. */
export const casesToText = (cases: readonly Case[]): string =>
  cases
    .flatMap(({ name, plans, steps }) => [`case ${name}`, ...plans.map(planToText), ...steps.map(stepToText)])
    .map((line) => `${line}\n`)
    .join('');

function planToText({ way, answers, stays }: Plan, on: number): string {
  return `${on} open ${way}${answers ? ' answers' : ''}${stays ? ' stays' : ''}`;
}

function stepToText(step: Step): string {
  const head = `${step.on} ${step.do}`;
  if (step.do === 'ponged') return `${head} ${step.count}`;
  if (step.do !== 'send') return head;
  const { isOdd, isPart, isHeld, piece, bytes, says } = step;
  const how = `${isOdd ? ' odd' : ''}${isPart ? ' part' : ''}${isHeld ? ' held' : ''}${piece > 0 ? ` in ${piece}` : ''}`;
  return `${head}${how}:${bytes.length === 0 ? '' : ` ${toNotation(bytes)}`} ; ${says}`;
}

/** Reads what `casesToText` wrote; lines that begin with `#` are comments. @throws Error naming the line that is none */
export function casesFromText(text: string): Case[] {
  const cases: { name: string; plans: Plan[]; steps: Step[] }[] = [];
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const title = /^case (.+)$/.exec(line)?.[1];
    if (title !== undefined) cases.push({ name: title, plans: [], steps: [] });
    else if (!readLine(line, cases.at(-1))) throw new Error(`no line of a case: ${line.slice(0, 120)}`);
  }
  return cases;
}

const openLine = /^(\d+) open (\w+)( answers)?( stays)?$/;
const sendLine =
  /^(\d+) send( odd)?( part)?( held)?(?: in (\d+))?:((?: (?:"[^"]*"|'[^']*'|(?:[0-9a-f]{2})+)(?:\*\d+)?)*) ; (.*)$/;
const otherLine = /^(\d+) (await|greeted|end|reset|deaf|hear)$/;
const pongedLine = /^(\d+) ponged (\d+)$/;

function readLine(line: string, into: { plans: Plan[]; steps: Step[] } | undefined): boolean {
  if (into === undefined) return false;
  const open = openLine.exec(line);
  if (open !== null) {
    const [, on, way = '', answers, stays] = open;
    if (Number(on) !== into.plans.length || !ways.includes(way as Way)) return false;
    into.plans.push({ way: way as Way, answers: answers !== undefined, stays: stays !== undefined });
    return true;
  }
  const step = readStep(line);
  if (step === undefined || step.on >= into.plans.length) return false;
  into.steps.push(step);
  return true;
}

function readStep(line: string): Step | undefined {
  const send = sendLine.exec(line);
  if (send !== null) {
    const [, on, odd, part, held, piece = '0', bytes = '', says = ''] = send;
    return {
      on: Number(on),
      do: 'send',
      bytes: fromNotation(bytes),
      says,
      piece: Number(piece),
      isHeld: held !== undefined,
      isPart: part !== undefined,
      isOdd: odd !== undefined,
    };
  }
  const ponged = pongedLine.exec(line);
  if (ponged !== null) return { on: Number(ponged[1]), do: 'ponged', count: Number(ponged[2]) };
  const other = otherLine.exec(line);
  return other === null ? undefined : { on: Number(other[1]), do: other[2] as 'await' };
}
