import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OwnedProcess } from '../support/processes.ts';
import { until } from '../support/until.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));

const has = (python: string): boolean => spawnSync(python, ['-c', 'import paho.mqtt.client']).status === 0;

/** A Python that has the library paho-mqtt, Debian package python3-paho-mqtt. */
const python = [process.env['TRIBUTARY_TEST_PYTHON'], 'python3', '/usr/bin/python3'].find(
  (each): each is string => each !== undefined && has(each),
);

/** Whether there is one. A developer's machine may lack it, the one that decides about a change may not. */
export const hasPaho = python !== undefined;
if (!hasPaho && process.env['CI'] !== undefined)
  throw new Error('paho-mqtt is missing: install python3-paho-mqtt');

/** A listener to go to, and what to speak there. */
export interface Place {
  transport: 'tcp' | 'ws';
  /** 4 is MQTT 3.1.1. */
  version: 4 | 5;
}

/** Every combination of protocol and transport, with words for it. */
export const places: readonly (Place & { words: string })[] = ([4, 5] as const).flatMap((version) =>
  (['tcp', 'ws'] as const).map((transport) => ({
    version,
    transport,
    words: `MQTT ${version === 4 ? '3.1.1' : '5'} over ${transport === 'tcp' ? 'TCP' : 'WebSocket'}`,
  })),
);

/** A case of a Python module: a function `test_NAME` whose docstring is its title. */
export interface Case {
  module: string;
  name: string;
  title: string;
}

/** The modules that have cases, but for `access`, which needs a server of its own configuration. */
export const modules = readdirSync(folder)
  .filter((file) => file.endsWith('.py'))
  .map((file) => file.slice(0, -3))
  .filter((module) => module !== 'access' && casesOf(module, 5).length > 0);

/** The cases of a module for one version of MQTT, in the order they stand there. */
export function casesOf(module: string, version: 4 | 5): Case[] {
  const source = readFileSync(join(folder, `${module}.py`), 'utf8');
  const functions = source.matchAll(/^def test_(\w+)\(stage\):\n {4}"""(.+)"""$/gm);
  return [...functions]
    .map(([, name = '', title = '']) => ({ module, name, title }))
    .filter(({ name }) => !name.startsWith(version === 4 ? 'v5_' : 'v3_'));
}

interface Result {
  module: string;
  case: string;
  error: string | null;
}

/** A Python process that runs all cases of some modules side by side. */
export class PahoRun {
  readonly #process: OwnedProcess;

  constructor(names: readonly string[], port: number, { transport, version }: Place) {
    if (python === undefined) throw new Error('there is no Python with paho-mqtt');
    this.#process = new OwnedProcess(
      python,
      ['run.py', ...names, '--port', `${port}`, '--transport', transport, '--version', `${version}`],
      { cwd: folder, env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } },
    );
  }

  /** Waits until a case has ended. @throws Error with its traceback if it failed */
  async result({ module, name }: Case): Promise<void> {
    const found = await until(
      () => `${module}.${name}; Python said:\n${this.#process.lines.join('\n')}`,
      () => {
        const line = this.#results().find((each) => each.module === module && each.case === name);
        if (line === undefined && this.#process.exit !== undefined)
          throw new Error(`Python ended: ${this.#process.exit}\n${this.#process.lines.join('\n')}`);
        return line;
      },
      { deadlineMs: 55_000 },
    );
    if (found.error !== null) throw new Error(found.error);
  }

  async stop(): Promise<void> {
    await this.#process.kill();
  }

  #results(): Result[] {
    return this.#process.lines
      .filter((line) => line.startsWith('{"module"'))
      .map((line) => JSON.parse(line) as Result);
  }
}
