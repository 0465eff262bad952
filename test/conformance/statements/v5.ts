import type { Statements } from './statement.ts';
import { chapters1And2 } from './v5-1-2.ts';
import { connectAndConnack } from './v5-3.1.ts';
import { publishToAuth } from './v5-3.3.ts';
import { chapter4 } from './v5-4.ts';
import { chapter6 } from './v5-6.ts';

/** Every statement of MQTT 5.0 (OASIS Standard, 7 March 2019), appendix B. */
export const statements: Statements = {
  ...chapters1And2,
  ...connectAndConnack,
  ...publishToAuth,
  ...chapter4,
  ...chapter6,
};
