import type { Statements } from './statement.ts';

/** Every statement of MQTT 3.1.1 (OASIS Standard, 29 October 2014), appendix B. */
export const statements: Statements = {};
