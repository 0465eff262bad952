import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { metric, parseMetrics, type Sample } from './metrics.ts';
import { OwnedProcess, repositoryRoot } from './processes.ts';
import { until } from './until.ts';

const mainFile = join(repositoryRoot, 'apps/gateway/dist/main.js');

/** A part of the gateway's configuration; see docs/configuration.md. */
export type ConfigPart = { [key: string]: unknown };

export interface GatewayOptions {
  redisUrl: string;
  nodeId?: string;
  /** Laid over the defaults of the tests, object by object; arrays replace. */
  config?: ConfigPart;
  env?: NodeJS.ProcessEnv;
  /** Behind `--config FILE`. */
  args?: readonly string[];
}

/** A line of the gateway's log. */
export interface LogLine {
  level: number;
  msg: string;
  [field: string]: unknown;
}

const isObject = (value: unknown): value is ConfigPart =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function merge(base: ConfigPart, over: ConfigPart): ConfigPart {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isObject(below) && isObject(value) ? merge(below, value) : value;
  }
  return merged;
}

/** The smallest configuration: an MQTT and a WebSocket listener on free ports of the loopback. */
export function testConfig({ redisUrl, nodeId = 'gw-1', config = {} }: GatewayOptions): ConfigPart {
  const base = {
    node: { id: nodeId },
    redis: { url: redisUrl, namespace: 'tributary' },
    listeners: [
      { name: 'mqtt', protocol: 'mqtt', host: '127.0.0.1', port: 0 },
      { name: 'ws', protocol: 'ws', host: '127.0.0.1', port: 0 },
    ],
    ops: { host: '127.0.0.1', port: 0 },
    auth: { anonymous: true },
    // Tests connect one device more often than any device would by itself.
    flapping: { mode: 'off' },
    // A machine that tests is busier than any node: what a node does about that is tested where it is asked for.
    overload: { mode: 'off' },
    log: { level: 'info' },
  };
  return merge(base, config);
}

/** A gateway process with its log collected. */
export class Gateway {
  readonly process: OwnedProcess;
  readonly #dir = mkdtempSync(join(tmpdir(), 'tributary-gateway-'));
  readonly #options: GatewayOptions;
  #addresses: Record<string, string> = {};
  #node = '';

  constructor(options: GatewayOptions) {
    if (!existsSync(mainFile)) throw new Error(`${mainFile} is missing: run \`npm run build\` first`);
    this.#options = options;
    const file = this.configFile;
    writeFileSync(file, JSON.stringify(testConfig(options)));
    this.process = new OwnedProcess(process.execPath, [mainFile, '--config', file, ...(options.args ?? [])], {
      cwd: this.#dir,
      env: { PATH: process.env['PATH'], ...options.env },
    });
    void this.process.exited.then(() => rmSync(this.#dir, { recursive: true, force: true }));
  }

  get configFile(): string {
    return join(this.#dir, 'gateway.json');
  }

  /** Replaces its configuration file in one step, by `config` laid over what it was started with. */
  rewrite(config: ConfigPart): void {
    const started = this.#options.config ?? {};
    const file = `${this.configFile}.new`;
    writeFileSync(file, JSON.stringify(testConfig({ ...this.#options, config: merge(started, config) })));
    renameSync(file, this.configFile);
  }

  /** Waits for the ready line and takes the addresses from it. */
  async started(): Promise<this> {
    const line = await until(
      () => `the gateway's ready line; it said:\n${this.process.lines.join('\n')}`,
      () => {
        const ready = this.log().find((entry) => entry.msg === 'gateway ready');
        if (ready === undefined && this.process.exit !== undefined) {
          throw new Error(`the gateway ended: ${this.process.exit}`);
        }
        return ready;
      },
      { deadlineMs: 30_000 },
    );
    this.#addresses = line['addresses'] as Record<string, string>;
    this.#node = String(line['node']);
    return this;
  }

  /** Its `id.incarnation`. */
  get node(): string {
    return this.#node;
  }

  /** The port a listener really has; `ops` is the operations server. */
  port(listener: string): number {
    const address = this.#addresses[listener];
    if (address === undefined)
      throw new Error(`no listener ${listener} in ${JSON.stringify(this.#addresses)}`);
    return Number(address.slice(address.lastIndexOf(':') + 1));
  }

  get mqttUrl(): string {
    return `mqtt://127.0.0.1:${this.port('mqtt')}`;
  }

  /** `/mqtt` for MQTT over WebSocket, `/ws` for plain devices. */
  wsUrl(path: '/mqtt' | '/ws'): string {
    return `ws://127.0.0.1:${this.port('ws')}${path}`;
  }

  /** Every line of the log that is JSON. */
  log(): LogLine[] {
    return this.process.lines
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as LogLine);
  }

  ops(path: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port('ops')}${path}`, { signal: AbortSignal.timeout(10_000) });
  }

  async metrics(): Promise<Sample[]> {
    return parseMetrics(await (await this.ops('/metrics')).text());
  }

  /** Sum of a metric's samples that carry these labels; 0 when there is none. */
  async metric(name: string, labels: Record<string, string> = {}): Promise<number> {
    return metric(await this.metrics(), name, labels);
  }

  /** Status of /readyz. */
  async readiness(): Promise<number> {
    return (await this.ops('/readyz')).status;
  }

  /** Waits until /readyz answers with this status. */
  async until(readiness: 200 | 503): Promise<void> {
    await until(`/readyz to answer ${readiness}`, async () => (await this.readiness()) === readiness, {
      deadlineMs: 20_000,
      everyMs: 25,
    });
  }

  /** Orderly stop with SIGTERM; answers the exit code. Kills it when 20 s were not enough, and then throws. */
  async stop(): Promise<number | string> {
    this.process.signal('SIGTERM');
    try {
      await until('the gateway to stop after SIGTERM', () => this.process.exit !== undefined, {
        deadlineMs: 20_000,
      });
    } finally {
      await this.process.kill();
    }
    return this.process.exited;
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    await this.process.kill();
  }
}

/** Starts a gateway and waits until it is ready. */
export function startGateway(options: GatewayOptions): Promise<Gateway> {
  return new Gateway(options).started();
}
