import { readFileSync } from 'node:fs';
import { listOptions } from '@tributary/runtime';
import { expect, test } from 'vitest';
import { gatewaySchema } from '../config/schema.ts';

const textOf = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');
/** What is done with a changed configuration. */
const wiring = [
  textOf('live-side.ts'),
  textOf('live-slices.ts'),
  /const configure = [^]*?\n {2}\};/.exec(textOf('device-side.ts'))?.[0],
].join('');

/** Keys that have no part of their own: a profile is told by what it sets, and live/ reads its own section. */
const apart = ['profile', 'reload'];

const live = listOptions(gatewaySchema, '').filter((option) => option.live !== false);
const sections = new Set(live.map(({ path }) => path.split(/[.[]/, 1)[0]!));

test.each([...sections].filter((section) => !apart.includes(section)))(
  'changes of %s, which documentation calls live, are handed to a part',
  (section) => {
    // Named as one that is looked at, or taken for devices that come from then on.
    const handed = new RegExp(`'${section}'|\\{[^{}]*\\b${section}\\b[^{}]*\\}: GatewayConfig`);
    expect(handed.test(wiring)).toBe(true);
  },
);
