import type { Statements } from './statement.ts';

/** Chapter 6: MQTT over WebSocket. */
export const chapter6: Statements = {};
