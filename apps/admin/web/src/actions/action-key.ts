import { useState } from 'react';
import { newKey } from '../api/client.ts';

/**
 * Keys for what one dialog asks: the same one while it asks for the same, so that a second try after a lost answer is the
 * same action; another one when something else is asked for, which the server would refuse under the first.
 */
export class ActionKeys {
  #body = '';
  #key = '';

  for(body: unknown): string {
    const text = JSON.stringify(body) ?? '';
    if (this.#key === '' || text !== this.#body) this.#key = newKey();
    this.#body = text;
    return this.#key;
  }
}

export const useActionKeys = (): ActionKeys => useState(() => new ActionKeys())[0];
