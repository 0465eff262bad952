/** Ids remembered; those that have been quiet longest are forgotten. */
const maxIds = 5000;

/** Why devices lost their connections lately: the index forgets it as soon as they are back. */
export class LastReasons {
  readonly #reasons = new Map<string, string>();

  /** An entry of an event stream. */
  onEvent(fields: ReadonlyMap<string, string>): void {
    const id = fields.get('device') ?? '';
    const reason = reasonOf(fields);
    if (reason === undefined || id === '') return;
    this.#reasons.delete(id);
    this.#reasons.set(id, reason);
    const oldest = this.#reasons.keys().next();
    if (this.#reasons.size > maxIds && oldest.done !== true) this.#reasons.delete(oldest.value);
  }

  /** A key of the close-reason table; empty when not known. */
  of(id: string): string {
    return this.#reasons.get(id) ?? '';
  }
}

function reasonOf(fields: ReadonlyMap<string, string>): string | undefined {
  const type = fields.get('type');
  if (type === 'superseded') return 'superseded';
  return type === 'disconnected' ? (fields.get('reason') ?? '').slice(0, 128) : undefined;
}
