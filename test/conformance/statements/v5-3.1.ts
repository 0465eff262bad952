import type { Statements } from './statement.ts';

/** Sections 3.1 and 3.2: CONNECT, CONNACK. */
export const connectAndConnack: Statements = {};
