import type { Path } from './schema-walk.ts';

const plainKey = /^[A-Za-z_][A-Za-z0-9_-]{0,99}$/;
const longestKey = 60;

/** A path as people write it: `limits.maxPacketBytes`, `listeners[0].port`, `limits["odd key"]`. */
export function pathText(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (plainKey.test(String(step))) text += text === '' ? String(step) : `.${String(step)}`;
    else text += `[${JSON.stringify(shortened(String(step), longestKey))}]`;
  }
  return text;
}

/** The text, cut with an ellipsis when it is longer than `length`. */
export function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
