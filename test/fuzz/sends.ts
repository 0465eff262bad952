import type { Send, Way } from './case.ts';
import type { Said } from './grammar/mqtt-session.ts';
import { frames, Opcode, strayFrame } from './grammar/websocket.ts';
import { mutate } from './mutate-bytes.ts';
import type { Random } from './random.ts';

/** One write, sometimes in pieces, sometimes joined with the next. */
export function send(random: Random, on: number, bytes: Buffer, says: string): Send {
  const isSplit = bytes.length < 400 && random.chance(8);
  const piece = isSplit ? random.pick([1, 2, 3, 7, 50]) : 0;
  return { on, do: 'send', bytes, says, piece, isHeld: random.chance(15), isPart: false, isOdd: false };
}

/** The bytes of one packet on their way. */
export function sendsOf(random: Random, way: Way, on: number, { bytes, says, isOdd = false }: Said): Send[] {
  if (way === 'tcp') return [{ ...send(random, on, bytes, says), isOdd }];
  const opcode = way === 'ws' ? Opcode.BINARY : Opcode.TEXT;
  const steps = partsOf(random, way, bytes).map((part, n, { length }) => ({
    ...send(random, on, frames(random, part, opcode), n === 0 ? says : 'the other part'),
    isPart: n < length - 1,
    isOdd,
  }));
  if (random.chance(2)) {
    const stray = strayFrame(random);
    return [{ ...send(random, on, stray.bytes, stray.says), isOdd: true }, ...steps];
  }
  if (random.chance(2)) {
    const last = steps.pop()!;
    const changed = mutate(last.bytes, random, [last.bytes]);
    steps.push({ ...last, bytes: changed.bytes, says: `${last.says}, frame ${changed.how}`, isOdd: true });
  }
  return steps;
}

/** Packets may span frames [MQTT-6.0.0-2], frames of a plain device may not. */
function partsOf(random: Random, way: Way, bytes: Buffer): Buffer[] {
  if (way !== 'ws' || bytes.length < 2 || random.chance(90)) return [bytes];
  const cut = random.between(1, bytes.length - 1);
  return [bytes.subarray(0, cut), bytes.subarray(cut)];
}
