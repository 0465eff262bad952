import type { DeviceFrame } from './grammar/device-session.ts';
import type { Random } from './random.ts';

const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

/** Values of a kind that a field may not expect, as JSON text. */
const oddities: readonly string[] = [
  ...['null', 'true', '0', '-1', '1.5', '1e400', '9007199254740993', '-0', '4294967296', '65536'],
  ...['""', '"\\u0000"', '"\\ud800"', '"+/#"', '"base64"', '"=="', '"x y"', '[]', '{}', '[[1]]'],
  ...['{"toJSON":1}', '{"__proto__":{"type":"hello"}}', deep(200), deep(5000), `"${'ä'.repeat(5000)}"`],
];

const strangeNames = ['__proto__', 'constructor', 'toString', 'clientId', 'id', 'qos', 'x', ''] as const;

/** The text of a frame with something wrong in its fields, and what. */
export function mutateFrame(frame: DeviceFrame, random: Random): { text: string; how: string } {
  const fields = Object.entries(frame).map(([name, value]) => [name, JSON.stringify(value)] as const);
  const text = (list: readonly (readonly [string, string])[]): string =>
    `{${list.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
  const at = random.below(fields.length);
  const name = fields[at]![0];
  switch (random.below(6)) {
    case 0:
      return { text: text(fields.toSpliced(at, 1)), how: `no ${name}` };
    case 1: {
      const json = random.pick(oddities);
      return {
        text: text(fields.with(at, [name, json])),
        how: `${name} is ${json.slice(0, 20).replaceAll(/[^ -~]/g, '?')}`,
      };
    }
    case 2: {
      const strange = random.pick(strangeNames);
      return { text: text([...fields, [strange, random.pick(oddities)]]), how: `also "${strange}"` };
    }
    case 3:
      return { text: text([...fields, fields[at]!, [name, random.pick(oddities)]]), how: `${name} again` };
    case 4:
      return { text: random.pick([...oddities, '', ' ', '{', text(fields) + text(fields)]), how: 'no frame' };
    default:
      return { text: ` \n\t${text(fields.toReversed())} `, how: 'blanks and another order' };
  }
}
