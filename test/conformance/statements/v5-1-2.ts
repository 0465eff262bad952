import type { Statements } from './statement.ts';

/** Chapters 1 and 2: data representation, packet format. */
export const chapters1And2: Statements = {};
