import type { Statements } from './statement.ts';

/** Sections 3.3 to 3.15: PUBLISH and its acknowledgements, SUBSCRIBE, UNSUBSCRIBE, PING, DISCONNECT, AUTH. */
export const publishToAuth: Statements = {};
