import { once } from 'node:events';
import { connect } from 'node:tls';
import type { IConnectPacket, IPublishPacket } from 'mqtt-packet';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { AuthFiles } from '../support/auth-files.ts';
import { Authorities, type Certificate } from '../support/certificates.ts';
import type { ConfigPart, LogLine } from '../support/gateway.ts';
import { connected } from '../support/mqtt-clients.ts';
import { PlainDevice } from '../support/plain.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { freshId, useStage } from '../support/stage.ts';
import { keys } from '../support/streams.ts';
import { until } from '../support/until.ts';

const listeners: ConfigPart[] = [
  { name: 'mqtt', protocol: 'mqtt', host: '127.0.0.1', port: 0 },
  { name: 'ws', protocol: 'ws', host: '127.0.0.1', port: 0 },
];
const extra: ConfigPart = { name: 'extra', protocol: 'mqtt', host: '127.0.0.1', port: 0 };
const stage = useStage({ config: { redis: { replyTimeoutMs: 500 } }, mayLog: /configuration|Redis/ });

type Outcome = 'applied' | 'unchanged' | 'refused' | 'rolled-back';
interface Shown {
  readonly problems: readonly string[];
  readonly restartRequired: readonly string[];
  readonly reloads: Readonly<Record<Outcome, number>>;
}

/** What the node says of its configuration. */
const shown = async (): Promise<Shown> => (await (await stage.gateway.ops('/config')).json()) as Shown;

/** How often the file was read again, with any outcome or one. */
async function reloads(outcome?: Outcome): Promise<number> {
  const counts = (await shown()).reloads;
  return outcome === undefined ? Object.values(counts).reduce((sum, count) => sum + count) : counts[outcome];
}

/** Something else in every section that is live. */
const changed = (round: number): ConfigPart => ({
  limits: { maxSubscriptions: 100 + round },
  quality: { pingIntervalMs: 10_000 + round },
  log: { level: round % 2 === 1 ? 'debug' : 'info' },
  sources: { address: { burst: 10_000 + round } },
  rates: { device: { messages: { rate: `${100_000 + round}/s` } } },
  flapping: { connects: 30 + round },
  acl: { rules: [{ effect: 'deny', action: 'all', topics: [`closed/${round}/#`] }] },
  access: { denyPublish: [`closed/${round}`] },
  classes: { holdMs: 30_000 + round, topics: [{ filter: `alarm/${round}`, class: 'critical' }] },
  devices: { rules: [{ match: `none-${round}`, class: 'bulk' }] },
  overload: { lowerMs: 5000 + round },
  queues: { maxMessages: 1000 + round },
  retained: { maxMessages: 100_000 + round },
  auth: { binding: round % 2 === 1 ? 'prefix' : 'equal' },
  audit: { coalesceMs: 10_000 + round },
  reload: { drainSeconds: 300 + round },
});

/** Replaces the file and waits until the node says what became of it; without an outcome any will do. */
async function reload(config: ConfigPart, outcome?: Outcome): Promise<void> {
  const before = await reloads(outcome);
  stage.gateway.rewrite(config);
  stage.gateway.process.signal('SIGHUP');
  await until(`a reload to be ${outcome ?? 'done'}`, async () => (await reloads(outcome)) > before);
}

/** Has a file applied that opens the listener `name`; answers its port. */
async function opened(config: ConfigPart, name = 'extra'): Promise<number> {
  const changes = (): LogLine[] => stage.gateway.log().filter(({ msg }) => msg === 'the listeners changed');
  const before = changes().length;
  await reload(config, 'applied');
  const doors = await until('the log to name the new door', () =>
    changes()
      .slice(before)
      .map((line) => line['listeners'] as { name: string; port: number }[])
      .find((all) => all.some((door) => door.name === name)),
  );
  return doors.find((door) => door.name === name)!.port;
}

/** A device that publishes and waits for the next PUBACK. */
interface Speaker {
  readonly send: (packet: IPublishPacket) => void;
  readonly next: () => Promise<unknown>;
}

async function speaker(transport: 'tcp' | 'ws'): Promise<Speaker> {
  const device = await connected(stage.gateway, { transport });
  return { send: (packet) => device.send(packet), next: () => device.expect('puback') };
}

async function secureSpeaker(port: number, ca: Buffer): Promise<Speaker> {
  const device = await RawMqtt.tls(port, { ca });
  onTestFinished(() => device.drop());
  await device.connect(freshId());
  return { send: (packet) => device.send(packet), next: () => device.take('puback') };
}

/** A device that keeps eight messages on their way until it is told to end; answers how many were acknowledged. */
async function talk(end: { now: boolean }, topic: string, { send, next }: Speaker): Promise<number> {
  let sent = 0;
  let acknowledged = 0;
  while (!end.now || acknowledged < sent) {
    while (!end.now && sent - acknowledged < 8) {
      send(publishPacket(topic, String(sent), 1, (sent % 65_000) + 1));
      sent++;
    }
    await next();
    acknowledged++;
  }
  return acknowledged;
}

/** Messages in all uplink streams. */
async function stored(): Promise<number> {
  const lengths = await Promise.all(
    Array.from({ length: 16 }, (_, partition) => stage.redis.client.xlen(keys.uplink(partition))),
  );
  return lengths.reduce((sum, length) => sum + length, 0);
}

test('twenty reloads under load lose no connection and no message, while a listener comes and goes and a certificate changes', async () => {
  const files = new Authorities();
  onTestFinished(() => files.remove());
  const ours = files.authority('ours');
  const certificates = ['first', 'second'].map((name) => files.certificate(name, ours));
  const secured = (round: number): ConfigPart[] => {
    const { certFile, keyFile } = certificates[round % 2]!;
    return [...listeners, { ...extra, name: 'mqtts', protocol: 'mqtts', tls: { certFile, keyFile } }];
  };
  const securePort = await opened({ listeners: secured(0) }, 'mqtts');
  const end = { now: false };
  const plain = await PlainDevice.hello(stage.gateway.wsUrl('/ws'), freshId());
  const speakers = await Promise.all([
    ...(['tcp', 'tcp', 'ws'] as const).map(speaker),
    secureSpeaker(securePort, ours.cert),
  ]);
  const talking = Promise.all(speakers.map((each, n) => talk(end, `reload/${n}`, each)));
  // Looked at in the end; a connection that is lost must not fail another test.
  talking.catch(() => {});
  await until('messages to flow', async () => (await stored()) > 100);
  const through: RawMqtt[] = [];
  for (let round = 1; round <= 20; round++) {
    const isOpen = round % 2 === 1;
    if (!isOpen) {
      await reload({ ...changed(round), listeners: secured(round) }, 'applied');
      continue;
    }
    const port = await opened({ ...changed(round), listeners: [...secured(round), extra] });
    const device = await RawMqtt.tcp(port, 5);
    await device.connect(freshId());
    through.push(device);
  }
  end.now = true;
  const acknowledged = (await talking).reduce((sum, count) => sum + count, 0);
  expect(await stored()).toBe(acknowledged);
  expect(await stage.gateway.metric('tributary_disconnects_total')).toBe(0);
  // Whoever came through a door that is closed by now is still there, and is heard.
  for (const device of through) {
    device.send(publishPacket('reload/through', 'x', 1, 1));
    await device.take('puback');
  }
  expect(plain.closeCode).toBeUndefined();
  await Promise.all(through.map((device) => device.leave()));
  await plain.leave();
});

test('a file change alone is applied soon; a device that was told a limit keeps it, a new one gets the new', async () => {
  await reload({});
  const older = await connected(stage.gateway);
  const startMs = performance.now();
  stage.gateway.rewrite({ limits: { maxPacketBytes: 512 } });
  await until('the new limit', async () => {
    const device = await RawMqtt.tcp(stage.gateway.port('mqtt'), 5);
    const connack = await device.connect(freshId());
    await device.leave();
    return connack.properties?.maximumPacketSize === 512;
  });
  // Two seconds are promised; the machine that tests may be busy.
  expect(performance.now() - startMs).toBeLessThan(5000);
  older.send(publishPacket('t', 'x'.repeat(2000), 1, 1));
  await older.expect('puback');
  const narrow = await PlainDevice.hello(stage.gateway.wsUrl('/ws'), freshId());
  narrow.sendText(JSON.stringify({ type: 'publish', topic: 't', payload: 'x'.repeat(2000) }));
  expect(await narrow.end()).toBe(1009);
});

test('a large file, which a thread of its own reads, is applied and refused like any other', async () => {
  await reload({});
  const rules = Array.from({ length: 500 }, (_, n) => ({
    effect: 'deny',
    action: 'publish',
    topics: [`closed/${n}/#`, `also/closed/in/so/many/words/${n}`],
  }));
  await reload({ acl: { rules } }, 'applied');
  const device = await connected(stage.gateway);
  device.send(publishPacket('closed/499/x', 'x', 1, 1));
  expect((await device.expect('puback')).reasonCode).toBe(0x87);
  await reload({ acl: { rules: [...rules, { effect: 'maybe', topics: ['#'] }] } }, 'refused');
  expect((await shown()).problems).toEqual([expect.stringContaining('acl.rules[500].effect must be one of')]);
  await reload({});
});

test('a bad file is refused whole and shown; what needs a restart is named', async () => {
  await reload({});
  await reload({ limits: { maxPacketBytes: 1 }, log: { level: 'debug' } }, 'refused');
  expect(await stage.gateway.metric('tributary_config_in_force')).toBe(0);
  expect((await shown()).problems).toEqual([expect.stringContaining('limits.maxPacketBytes must be')]);
  await until('its figures to tell the dashboard', async () => {
    const [newest] = await stage.redis.client.xrevrange(
      keys.nodeStats(stage.gateway.node),
      '+',
      '-',
      'COUNT',
      1,
    );
    return newest?.[1].some((text) => text.startsWith('limits.maxPacketBytes must be'));
  });
  await reload({ partitions: 32, log: { level: 'warn' } }, 'applied');
  expect(await stage.gateway.metric('tributary_config_in_force')).toBe(1);
  expect(await stage.gateway.metric('tributary_config_restart_required')).toBe(1);
  expect(await (await stage.gateway.ops('/config')).json()).toMatchObject({
    restartRequired: ['partitions'],
  });
  await reload({});
});

test('an address that cannot be had refuses the change whole', async () => {
  await reload({});
  const taken = stage.gateway.port('ops');
  await reload(
    { listeners: [...listeners, { ...extra, port: taken }], limits: { maxPacketBytes: 777 } },
    'refused',
  );
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'), 5);
  expect((await device.connect(freshId())).properties?.maximumPacketSize).toBe(1_048_576);
  await device.leave();
});

test('devices of a removed listener are told to go when their time is over', async () => {
  const port = await opened({ listeners: [...listeners, extra] });
  const device = await RawMqtt.tcp(port, 5);
  await device.connect(freshId());
  await reload({ reload: { drainSeconds: 0 } }, 'applied');
  expect((await device.end()).disconnect?.reasonCode).toBe(0x9c);
  await expect(RawMqtt.tcp(port, 5)).rejects.toThrow();
});

test('authenticators change for who comes then; who is in stays', async () => {
  const files = new AuthFiles();
  onTestFinished(() => files.remove());
  await files.writeUsers({ 'pump-1': 'secret' });
  await reload({});
  const inside = await connected(stage.gateway);
  const auth = { anonymous: false, chain: [{ type: 'users', file: files.users }] };
  await reload({ auth }, 'applied');
  const code = async (more: Partial<IConnectPacket> = {}): Promise<number | undefined> => {
    const device = await RawMqtt.tcp(stage.gateway.port('mqtt'), 5);
    onTestFinished(() => device.drop());
    return (await device.connect('pump-1', more)).reasonCode;
  };
  expect(await code()).toBe(0x87);
  expect(await code({ username: 'pump-1', password: Buffer.from('wrong') })).toBe(0x86);
  expect(await code({ username: 'pump-1', password: Buffer.from('secret') })).toBe(0);
  inside.send(publishPacket('t', 'x', 1, 1));
  await inside.expect('puback');
  // Without anybody to ask, the file is refused: nobody could connect.
  await reload({ auth: { ...auth, chain: [{ type: 'users', file: `${files.users}.gone` }] } }, 'refused');
  expect(await code({ username: 'pump-1', password: Buffer.from('secret') })).toBe(0);
  await reload({});
});

test('a listener gets another certificate while it is open; one that cannot be used refuses the change', async () => {
  const files = new Authorities();
  onTestFinished(() => files.remove());
  const ours = files.authority('ours');
  const secure = ({ certFile, keyFile }: Certificate): ConfigPart => ({
    listeners: [...listeners, { ...extra, protocol: 'mqtts', tls: { certFile, keyFile } }],
  });
  const port = await opened(secure(files.certificate('first', ours)));
  const subject = async (): Promise<unknown> => {
    const socket = connect({ port, host: '127.0.0.1', ca: ours.cert });
    onTestFinished(() => void socket.destroy());
    await once(socket, 'secureConnect');
    return socket.getPeerCertificate().subject.CN;
  };
  const older = await RawMqtt.tls(port, { ca: ours.cert });
  await older.connect(freshId());
  const second = files.certificate('second', ours);
  await reload(secure(second), 'applied');
  expect(await subject()).toBe('second');
  await reload(secure({ ...second, keyFile: ours.keyFile }), 'refused');
  expect(await subject()).toBe('second');
  older.send({ cmd: 'pingreq' });
  await older.take('pingresp');
  await older.leave();
  await reload({});
});

test('a node that loses its readiness behind a change returns to the last good configuration', async () => {
  await reload({});
  const port = await opened({ limits: { maxPacketBytes: 2048 }, listeners: [...listeners, extra] });
  stage.redis.pause();
  onTestFinished(() => stage.redis.resume());
  await until('the return', async () => (await reloads('rolled-back')) > 0);
  await expect(RawMqtt.tcp(port, 5)).rejects.toThrow();
  expect(await stage.gateway.metric('tributary_config_in_force')).toBe(0);
  stage.redis.resume();
  await stage.gateway.until(200);
  // The file is left alone until somebody asks for it again.
  await reload({ limits: { maxPacketBytes: 2048 } }, 'applied');
  expect(await stage.gateway.metric('tributary_config_in_force')).toBe(1);
});

test('origins of a listener change while it is open', async () => {
  const origin = 'https://dashboard.example';
  const ask = (): Promise<number> =>
    new Promise((resolve) => {
      const socket = new WebSocket(stage.gateway.wsUrl('/ws'), ['tributary.v1'], { headers: { origin } });
      socket.on('open', () => {
        socket.close();
        resolve(101);
      });
      socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
      socket.on('error', () => {});
    });
  expect(await ask()).toBe(403);
  await reload({ listeners: [listeners[0]!, { ...listeners[1], allowedOrigins: [origin] }] }, 'applied');
  expect(await ask()).toBe(101);
});
