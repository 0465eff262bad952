import type { Path } from './schema-walk.ts';
import { excerpt } from './secrets.ts';

const plainKey = /^[A-Za-z_][A-Za-z0-9_-]{0,99}$/;
const longestKey = 60;

/** A path as people write it: `limits.maxPacketBytes`, `listeners[0].port`, `limits["odd key"]`. */
export function pathText(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (plainKey.test(String(step))) text += text === '' ? String(step) : `.${String(step)}`;
    else text += `[${JSON.stringify(excerpt(String(step), longestKey))}]`;
  }
  return text;
}
