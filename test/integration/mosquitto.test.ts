import { expect, test } from 'vitest';
import { isInstalled, OwnedProcess } from '../support/processes.ts';
import { freshId, useStage } from '../support/stage.ts';
import { untilEvents, untilUplink } from '../support/streams.ts';

// Debian package mosquitto-clients. A machine of a developer may lack it, the one that decides about a change may not.
const program = process.env['TRIBUTARY_TEST_MOSQUITTO_PUB'] ?? 'mosquitto_pub';
const isHere = isInstalled(program, '--help');
if (!isHere && process.env['CI'] !== undefined)
  throw new Error('mosquitto_pub is missing: install mosquitto-clients');

const stage = useStage();

async function publish(...args: string[]): Promise<void> {
  const run = new OwnedProcess(program, [
    '-h',
    '127.0.0.1',
    '-p',
    String(stage.gateway.port('mqtt')),
    ...args,
  ]);
  expect(await run.exited, run.lines.join('\n')).toBe(0);
}

const combinations = (['311', 'mqttv5'] as const).flatMap((version) =>
  [0, 1, 2].map((qos) => ({ version, qos })),
);

test.runIf(isHere).each(combinations)('mosquitto_pub -V $version -q $qos', async ({ version, qos }) => {
  const id = freshId('mosquitto');
  await publish('-V', version, '-q', String(qos), '-i', id, '-t', 'haus/küche', '-m', '21.5 °C', '-r');
  const entries = await untilUplink(stage.redis.client, id, 1);
  expect(entries).toHaveLength(1);
  expect(entries[0]).toMatchObject({ topic: 'haus/küche', qos, seq: 1 });
  expect(entries[0]?.payload.toString()).toBe('21.5 °C');
  expect(entries[0]?.fields['retain']).toBe('1');
  const [connected, disconnected] = await untilEvents(stage.redis.client, id, 2);
  expect(connected?.fields).toMatchObject({
    type: 'connected',
    protocol: version === '311' ? 'mqtt3.1.1' : 'mqtt5',
  });
  expect(disconnected?.fields).toMatchObject({ type: 'disconnected', reason: 'normal', lastSeq: '1' });
});

test.runIf(isHere)('mosquitto_pub -D: properties of MQTT 5', async () => {
  const id = freshId('mosquitto');
  const message = ['-V', 'mqttv5', '-q', '1', '-i', id, '-t', 't', '-m', '{}'];
  const properties = [
    ['content-type', 'application/json'],
    ['user-property', 'site', 'b'],
    ['topic-alias', '3'],
  ];
  await publish(...message, ...properties.flatMap((words) => ['-D', 'publish', ...words]));
  const [entry] = await untilUplink(stage.redis.client, id, 1);
  expect(entry?.fields['ctype']).toBe('application/json');
  expect(JSON.parse(entry?.fields['props'] ?? '{}')).toEqual({ user: [['site', 'b']] });
});

test.runIf(isHere)('mosquitto_pub -l: a line a message, in order', async () => {
  const id = freshId('mosquitto');
  const lines = Array.from({ length: 200 }, (_, n) => `line ${n}`);
  const port = String(stage.gateway.port('mqtt'));
  // The script's arguments: the program, the port, the client id, and then the lines.
  const script =
    'program=$1 port=$2 id=$3; shift 3; printf "%s\\n" "$@" | "$program" -h 127.0.0.1 -p "$port" -i "$id" -q 2 -t t -l';
  const run = new OwnedProcess('sh', ['-c', script, 'sh', program, port, id, ...lines]);
  expect(await run.exited, run.lines.join('\n')).toBe(0);
  const entries = await untilUplink(stage.redis.client, id, lines.length);
  expect(entries.map(({ payload }) => payload.toString())).toEqual(lines);
});
