import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fleet, mostDevices, type Pattern } from '@tributary/bench/load';
import type { Command, CommandContext } from '../command.ts';
import { numberOption, readOptions } from '../options.ts';
import { Failure, UsageError } from '../usage-error.ts';
import { DemoBackends } from './backends.ts';
import { demoFleets, type DemoEndpoints } from './fleets.ts';
import { statusLine, totals } from './status.ts';

const options = {
  devices: { value: 'N', says: 'devices, 1 to 10000 (default 500)' },
  rate: {
    value: 'N',
    says: 'messages/s of the whole fleet (default: one message of each device in 4 seconds)',
  },
  seconds: { value: 'N', says: 'end by itself after so long (default: until Ctrl-C)' },
  mqtt: { value: 'HOST:PORT', says: 'MQTT listener (default TRIBUTARY_DEMO_MQTT or 127.0.0.1:1883)' },
  ws: { value: 'HOST:PORT', says: 'WebSocket listener (default TRIBUTARY_DEMO_WS or 127.0.0.1:8083)' },
  redis: {
    value: 'URL',
    says: 'Redis for two backends that read the streams (default TRIBUTARY_REDIS_URL; without one: no backends)',
  },
  namespace: { value: 'NAME', says: 'namespace (default TRIBUTARY_REDIS_NAMESPACE or tributary)' },
} as const;

const secondsPerMessage = 4;

/** A simulated fleet against a gateway on this machine. */
export const demoCommand: Command = {
  says: 'a simulated fleet of devices against the running gateway',
  help: 'Connects a simulated fleet over MQTT 3.1.1, MQTT 5 and plain WebSocket. Most behave; a firmware has slow\nlinks, a few come and go, two fight for one id, a display cannot keep up, and of two backends one falls\nbehind. Only to a gateway on this machine.',
  options,
  run: demo,
};

async function demo({ words, environment, out, stop }: CommandContext): Promise<void> {
  const given = readOptions(words, options);
  const devices = given.devices === undefined ? 500 : numberOption('devices', given.devices, 1, mostDevices);
  const rate =
    given.rate === undefined
      ? devices / secondsPerMessage
      : numberOption('rate', given.rate, 0.01, 100_000, false);
  const seconds =
    given.seconds === undefined ? undefined : numberOption('seconds', given.seconds, 1, 86_400, false);
  const endpoints: DemoEndpoints = {
    mqtt: address('mqtt', given.mqtt ?? environment['TRIBUTARY_DEMO_MQTT'] ?? '127.0.0.1:1883'),
    ws: address('ws', given.ws ?? environment['TRIBUTARY_DEMO_WS'] ?? '127.0.0.1:8083'),
  };
  const running = makeFleets(devices, rate / devices, endpoints, seconds);
  const fleets = running.map(({ fleet }) => fleet);
  const backends = makeBackends(
    given.redis ?? environment['TRIBUTARY_REDIS_URL'],
    given.namespace ?? environment['TRIBUTARY_REDIS_NAMESPACE'],
  );
  try {
    const isUsed = (transport: 'tcp' | 'ws'): boolean =>
      fleets.some(({ plan }) => plan.endpoint.transport === transport);
    if (isUsed('tcp')) await mustListen('MQTT', 'mqtt', endpoints.mqtt);
    if (isUsed('ws')) await mustListen('WebSocket', 'ws', endpoints.ws);
    // Devices connect while the status already shows them; who fails comes again by itself.
    backends?.start();
    for (const { fleet, pattern } of running) {
      void fleet.connect({ perSecond: Math.max(20, fleet.plan.devices / 3) });
      if (pattern !== undefined) fleet.start(pattern);
    }
    await showStatus(fleets, out, stop, seconds);
  } finally {
    await Promise.all([backends?.end(), ...fleets.map((fleet) => fleet.end())]);
  }
  const { sent, acked } = totals(fleets.map((fleet) => fleet.report()));
  await out.write(
    `The fleet has left: ${sent} messages sent, ${acked} acknowledged (QoS 0 is not acknowledged).\n`,
  );
}

interface Running {
  fleet: Fleet;
  pattern?: Pattern;
}

function makeFleets(
  devices: number,
  perSecond: number,
  endpoints: DemoEndpoints,
  seconds: number | undefined,
): Running[] {
  try {
    return demoFleets(devices, perSecond, endpoints, seconds).map(({ plan, ...rest }) => ({
      fleet: new Fleet(plan),
      ...rest,
    }));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function makeBackends(redisUrl: string | undefined, namespace = 'tributary'): DemoBackends | undefined {
  if (redisUrl === undefined) return undefined;
  try {
    return new DemoBackends({ redisUrl, namespace });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function showStatus(
  fleets: Fleet[],
  out: CommandContext['out'],
  stop: AbortSignal,
  seconds: number | undefined,
): Promise<void> {
  const isTerminal = process.stdout.isTTY;
  const everyMs = isTerminal ? 1000 : 5000;
  const endMs = seconds === undefined ? Infinity : performance.now() + seconds * 1000;
  let before = totals(fleets.map((fleet) => fleet.report()));
  let beforeMs = performance.now();
  while (!stop.aborted && performance.now() < endMs) {
    const waitMs = Math.min(everyMs, endMs - performance.now());
    await sleep(waitMs, undefined, { signal: stop }).catch(() => undefined);
    const now = totals(fleets.map((fleet) => fleet.report()));
    const nowMs = performance.now();
    const line = statusLine(now, before, Math.max(0.001, (nowMs - beforeMs) / 1000));
    // On a terminal the line overwrites itself, cut to its width so that it stays one line.
    await out.write(
      isTerminal ? `\r${line.slice(0, (process.stdout.columns || 80) - 1)}\u001b[K` : `${line}\n`,
    );
    [before, beforeMs] = [now, nowMs];
  }
  if (isTerminal) await out.write('\n');
}

/** `host:port`. @throws UsageError */
export function address(option: string, text: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65_535)
    throw new UsageError(`--${option} must be HOST:PORT, not ${text}`);
  return { host: match[1] ?? match[2]!, port };
}

async function mustListen(name: string, option: string, at: { host: string; port: number }): Promise<void> {
  const answers = await new Promise<boolean>((resolve) => {
    const socket = connect({ ...at, timeout: 3000 });
    const end = (isThere: boolean) => (): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
  if (answers) return;
  throw new Failure(
    `nothing listens on ${at.host}:${at.port} for ${name}.\nStart the system with "npm start", or say where it listens: --${option} HOST:PORT`,
  );
}
