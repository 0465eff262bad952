import type { IConnectPacket } from 'mqtt-packet';
import { test, type TestOptions } from 'vitest';
import type { ConfigPart, Gateway } from '../../support/gateway.ts';
import type { Version } from '../../support/raw-mqtt.ts';
import type { RedisServer } from '../../support/redis.ts';
import { freshId, useStage } from '../../support/stage.ts';
import { Client, codeOf } from './client.ts';
import type { Transport } from './pipe.ts';

export interface ServerOptions {
  /** 4 is MQTT 3.1.1. What clients of this file speak unless told otherwise. */
  version: Version;
  /** Laid over the tests' configuration. */
  config?: ConfigPart;
  /** Errors the gateway may log, because a test provokes them. */
  mayLog?: RegExp;
}

/** What a test works with. Ids and topics are its own, so that tests share the server; its clients end with it. */
export interface Scene {
  readonly transport: Transport;
  readonly gateway: Gateway;
  readonly redis: RedisServer;
  /** A client id no other test has. */
  id(name?: string): string;
  /** A topic below a level no other test has: `topic('a/b')` ends in `a/b`. The same level for the whole scene. */
  topic(rest?: string): string;
  /** Opens a connection and sends nothing. */
  open(version?: Version): Promise<Client>;
  /** Opens a connection and is accepted. Without `clientId` one is made up. */
  connect(more?: Partial<IConnectPacket>, version?: Version): Promise<Client>;
}

type Body = (scene: Scene) => Promise<void>;
type Rows<Row> = readonly Readonly<Row>[];
type Titled<Row extends unknown[]> = (
  title: string,
  body: (scene: Scene, ...row: Row) => Promise<void>,
) => void;

/** One test per row and transport; `%s` in the title are the row's first values, in order. */
interface Each {
  <A>(rows: Rows<[A]>): Titled<[A]>;
  <A, B>(rows: Rows<[A, B]>): Titled<[A, B]>;
  <A, B, C>(rows: Rows<[A, B, C]>): Titled<[A, B, C]>;
  <A, B, C, D>(rows: Rows<[A, B, C, D]>): Titled<[A, B, C, D]>;
}

/** Registers a test for TCP and for WebSocket. Its title holds the tags of the statements it covers. */
export interface OverTransports {
  (title: string, body: Body): void;
  each: Each;
  /** The same for tests that spend their time waiting for the server's clock: they run beside their neighbours. */
  concurrent: { (title: string, body: Body): void; each: Each };
}

const names: Record<Transport, string> = { tcp: 'TCP', ws: 'WebSocket' };
const transports: readonly Transport[] = ['tcp', 'ws'];

/** `%s` replaced by the row's values, one after the other. */
function titleOf(title: string, row: readonly unknown[]): string {
  let at = 0;
  return title.replaceAll('%s', () => String(row[at++]));
}

/** One gateway and one Redis for all tests of a file. */
export function useServer(options: ServerOptions): { overTransports: OverTransports; stage: SceneStage } {
  const { config = {}, mayLog } = options;
  const stage = useStage(mayLog === undefined ? { config } : { config, mayLog });
  const run = async (transport: Transport, body: Body): Promise<void> => {
    const clients: Client[] = [];
    try {
      await body(sceneOf(stage, transport, options.version, clients));
    } finally {
      for (const client of clients) client.drop();
    }
  };
  const registerAs = (vitestOptions: TestOptions) => {
    const register = (title: string, body: Body): void => {
      for (const transport of transports)
        test(`${title} (${names[transport]})`, vitestOptions, () => run(transport, body));
    };
    const each =
      <Row extends unknown[]>(rows: Rows<Row>): Titled<Row> =>
      (title, body) => {
        for (const row of rows) register(titleOf(title, row), (scene) => body(scene, ...(row as Row)));
      };
    return Object.assign(register, { each: each as Each });
  };
  const overTransports = Object.assign(registerAs({}), { concurrent: registerAs({ concurrent: true }) });
  return { overTransports, stage };
}

type SceneStage = Pick<Scene, 'gateway' | 'redis'>;

function sceneOf(stage: SceneStage, transport: Transport, usual: Version, clients: Client[]): Scene {
  const level = freshId('c');
  const open: Scene['open'] = async (version = usual) => {
    const client = await Client.open(stage.gateway, transport, version);
    clients.push(client);
    return client;
  };
  return {
    transport,
    gateway: stage.gateway,
    redis: stage.redis,
    id: (name) => freshId(name),
    topic: (rest) => (rest === undefined ? level : `${level}/${rest}`),
    open,
    connect: async (more = {}, version = usual) => {
      const client = await open(version);
      const connack = await client.greet(more.clientId ?? freshId(), more);
      if (codeOf(connack) !== 0) throw new Error(`refused: ${JSON.stringify(connack)}`);
      return client;
    },
  };
}
