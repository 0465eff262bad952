import { expect } from 'vitest';
import { isInstalled, OwnedProcess } from '../support/processes.ts';
import { until } from '../support/until.ts';

// Debian package mosquitto-clients. They speak TCP only.
const pub = process.env['TRIBUTARY_TEST_MOSQUITTO_PUB'] ?? 'mosquitto_pub';
const sub = process.env['TRIBUTARY_TEST_MOSQUITTO_SUB'] ?? 'mosquitto_sub';

/** Whether both are there. A developer's machine may lack them, the one that decides about a change may not. */
export const hasMosquitto =
  isInstalled(pub, '--help') && isInstalled(sub, '--help') && isInstalled('stdbuf', '--help');
if (!hasMosquitto && process.env['CI'] !== undefined)
  throw new Error('mosquitto_pub or mosquitto_sub is missing: install mosquitto-clients');

/** `-V` of both programs. */
export type MosquittoVersion = 'mqttv311' | 'mqttv5';
export const versions: readonly MosquittoVersion[] = ['mqttv311', 'mqttv5'];

const at = (port: number, version: MosquittoVersion): string[] => [
  ...['-h', '127.0.0.1', '-p', String(port), '-V', version],
];

/** Publishes with `mosquitto_pub`, which must end well, that is with everything acknowledged. */
export async function publish(port: number, version: MosquittoVersion, ...args: string[]): Promise<void> {
  const run = new OwnedProcess(pub, [...at(port, version), ...args]);
  expect(await run.exited, run.lines.join('\n')).toBe(0);
}

/** A message as `mosquitto_sub` got it; what it does not have is empty. */
export interface Message {
  topic: string;
  payload: string;
  qos: number;
  isRetained: boolean;
  contentType: string;
  correlationData: string;
  /** Seconds. */
  expiry: string;
  payloadFormat: string;
  responseTopic: string;
  identifier: string;
  /** `name:value name:value`. */
  user: string;
}

const format = ['message', '%t', '%p', '%q', '%r', '%C', '%D', '%E', '%F', '%R', '%S', '%P'].join('|');

function parse(line: string): Message {
  const [, topic = '', payload = '', qos, retain, ...more] = line.split('|');
  const [contentType = '', correlationData = '', expiry = '', payloadFormat = ''] = more;
  const [, , , , responseTopic = '', identifier = '', user = ''] = more;
  return {
    ...{ topic, payload, qos: Number(qos), isRetained: retain === '1', contentType, correlationData },
    ...{ expiry, payloadFormat, responseTopic, identifier, user },
  };
}

/** `mosquitto_sub` with what it heard. */
export class Listener {
  readonly process: OwnedProcess;

  constructor(port: number, version: MosquittoVersion, ...args: string[]) {
    // It says what it does (-d) line by line only where it is made to.
    const words = ['-oL', sub, ...at(port, version), '-d', '-F', format, ...args];
    this.process = new OwnedProcess('stdbuf', words);
  }

  /** Starts one and waits until it is subscribed. */
  static async subscribed(port: number, version: MosquittoVersion, ...args: string[]): Promise<Listener> {
    const listener = new Listener(port, version, ...args);
    await listener.said(/^Subscribed \(mid: \d+\)/);
    return listener;
  }

  get messages(): Message[] {
    return this.process.lines.filter((line) => line.startsWith('message|')).map(parse);
  }
  get payloads(): string[] {
    return this.messages.map(({ payload }) => payload);
  }

  /** Waits until it says a line that matches. */
  async said(pattern: RegExp): Promise<string> {
    return until(
      () => `${pattern}; mosquitto_sub said:\n${this.process.lines.join('\n')}`,
      () => {
        const found = this.process.lines.find((line) => pattern.test(line));
        if (found === undefined && this.process.exit !== undefined)
          throw new Error(`mosquitto_sub ended: ${this.process.exit}`);
        return found;
      },
    );
  }

  /** Waits until it has heard so many messages. */
  async heard(count: number): Promise<Message[]> {
    return until(
      () => `${count} messages; mosquitto_sub said:\n${this.process.lines.join('\n')}`,
      () => (this.messages.length >= count ? this.messages : undefined),
    );
  }

  /** Ends it with DISCONNECT. */
  async leave(): Promise<void> {
    this.process.signal('SIGTERM');
    await this.process.exited;
  }

  /** Ends it without a word. */
  async kill(): Promise<void> {
    await this.process.kill();
  }
}
