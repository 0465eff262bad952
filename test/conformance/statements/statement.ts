/** A normative statement of a specification, by its tag `[MQTT-id]`. */
export interface Statement {
  /** What it asks for, in our words. */
  says: string;
  /** Why no test of ours covers it: it binds the client, or a server cannot violate it. */
  notCovered?: string;
}

/** Statements by id without `MQTT-`, in the order of the specification. */
export type Statements = Readonly<Record<string, Statement>>;

/** The usual reasons for `notCovered`. */
export const reasons = {
  client: 'binds the client',
} as const;
