import type { Statements } from './statement.ts';

/** Chapter 4: operational behaviour. */
export const chapter4: Statements = {};
