import type { AuthenticationMethod, Exchange, ExchangeAnswer } from '../session/enhanced-auth.ts';

/**
 * A method of enhanced authentication for tests: the device's data is looked up in `answers`. What is not there, no data
 * included, is answered `continue` without data.
 */
export class Quiz implements AuthenticationMethod {
  readonly name: string;
  /** Client ids and data in the order they were given, as `pump-1: hello`. */
  readonly given: string[] = [];
  readonly #answers: Readonly<Record<string, () => ExchangeAnswer | Promise<ExchangeAnswer>>>;

  constructor(
    name: string,
    answers: Readonly<Record<string, () => ExchangeAnswer | Promise<ExchangeAnswer>>>,
  ) {
    this.name = name;
    this.#answers = answers;
  }

  begin(clientId: string): Exchange {
    return {
      next: (data) => {
        this.given.push(`${clientId}: ${data?.toString() ?? '-'}`);
        return this.#answers[data?.toString() ?? '']?.() ?? { kind: 'continue' };
      },
    };
  }
}
