import { partitionOf } from '@tributary/protocol';

/** Lengths of the steps history is kept in. */
export type RollUpStep = '15s' | '1m' | '10m';

/** What a namespace is made of. */
export const namespacePattern = /^[a-z0-9-]{1,32}$/;

/**
 * Every Redis key Tributary uses, spelled once. All keys of a device carry its partition's hash tag `{pN}`, all keys
 * of a node carry `{node:NODE}`, so one script can touch what belongs together, on Redis and on Redis Cluster alike.
 */
export class Keys {
  readonly namespace: string;
  readonly partitions: number;

  /** @throws RangeError when the namespace does not match `[a-z0-9-]{1,32}` or partitions is not 1–4096. */
  constructor(namespace: string, partitions: number) {
    if (!namespacePattern.test(namespace))
      throw new RangeError(`namespace must match ${namespacePattern.source}`);
    if (!Number.isInteger(partitions) || partitions < 1 || partitions > 4096) {
      throw new RangeError('partitions must be a whole number from 1 to 4096');
    }
    this.namespace = namespace;
    this.partitions = partitions;
  }

  partitionOf(clientId: string): number {
    return partitionOf(clientId, this.partitions);
  }

  // a partition's keys
  uplink(partition: number): string {
    return `${this.#partition(partition)}:up`;
  }
  events(partition: number): string {
    return `${this.#partition(partition)}:events`;
  }
  epoch(partition: number): string {
    return `${this.#partition(partition)}:epoch`;
  }
  online(partition: number): string {
    return `${this.#partition(partition)}:online`;
  }
  timers(partition: number): string {
    return `${this.#partition(partition)}:timers`;
  }
  /** Hash: client id, line feed, filter → options; the empty field is its version. */
  routes(partition: number): string {
    return `${this.#partition(partition)}:routes`;
  }
  routesLog(partition: number): string {
    return `${this.#partition(partition)}:routes-log`;
  }
  /** Hash: topic → message record; the empty field is its version. Its partition is that of the topic. */
  retained(partition: number): string {
    return `${this.#partition(partition)}:retained`;
  }
  retainedLog(partition: number): string {
    return `${this.#partition(partition)}:retained-log`;
  }

  // a device's keys
  session(partition: number, clientId: string): string {
    return `${this.#partition(partition)}:session:${clientId}`;
  }
  queue(partition: number, clientId: string): string {
    return `${this.#partition(partition)}:queue:${clientId}`;
  }
  /** Sorted set: identity of a message already queued for this device → Unix ms. */
  routed(partition: number, clientId: string): string {
    return `${this.#partition(partition)}:routed:${clientId}`;
  }
  /** Hash: the key a device may come back by, and who it was. */
  resume(partition: number, clientId: string): string {
    return `${this.#partition(partition)}:resume:${clientId}`;
  }
  device(partition: number, clientId: string): string {
    return `${this.#partition(partition)}:device:${clientId}`;
  }
  /** Stream: the device's own timeline, as long as its record. */
  history(partition: number, clientId: string): string {
    return `${this.#partition(partition)}:history:${clientId}`;
  }
  /** Glob that matches every device record; for the one snapshot a reader takes when it starts. */
  get devicePattern(): string {
    return `${this.namespace}:{p*}:device:*`;
  }

  /** Hash: client id → what the device has to show, as JSON. */
  credentials(partition: number): string {
    return `${this.#partition(partition)}:credentials`;
  }
  /** Stream: client ids whose credentials changed. */
  credentialsLog(partition: number): string {
    return `${this.#partition(partition)}:credentials-log`;
  }

  // the cluster's keys
  /** Hash: `partitions` → the P this namespace was created with. */
  get meta(): string {
    return `${this.namespace}:meta`;
  }
  /** Hash: node → the JSON of its identity. Lists the nodes that have a record. */
  get nodes(): string {
    return `${this.namespace}:nodes`;
  }

  // who operators are: one script changes them and writes the audit, so all carry one tag
  /** Hash: name → operator as JSON; the empty field is the version of this hash and of `operatorTokens`. */
  get operators(): string {
    return `${this.#access}:operators`;
  }
  /** Hash: id of an API token → the token as JSON, with its secret's SHA-256. */
  get operatorTokens(): string {
    return `${this.#access}:tokens`;
  }
  /** Hash: id of an API token → Unix ms it was last used, kept to the minute. */
  get operatorTokenUses(): string {
    return `${this.#access}:token-uses`;
  }
  /** String with expiry: a browser's session as JSON. @param hash SHA-256 of the cookie, base64url */
  operatorSession(hash: string): string {
    return `${this.#access}:session:${hash}`;
  }
  /** Hash: name of an operator → how they want the page, as JSON. */
  get operatorPreferences(): string {
    return `${this.#access}:preferences`;
  }
  /** Stream: who did what. */
  get audit(): string {
    return `${this.#access}:audit`;
  }

  // what operators do
  /** Hash: id of an alarm → what is known of it and what operators said about it, as JSON. */
  get alarms(): string {
    return `${this.namespace}:alarms`;
  }
  /** Hash: whom (see `parseBanTarget`) → the ban as JSON. */
  get bans(): string {
    return `${this.namespace}:bans`;
  }
  /** Hash: client id of a device that may not come in → why, as JSON. */
  get disabledDevices(): string {
    return `${this.namespace}:disabled`;
  }
  /** Hash: id of a trace → whom it is about and until when, as JSON. */
  get traces(): string {
    return `${this.namespace}:traces`;
  }
  /** Stream: what a trace saw. */
  trace(id: string): string {
    return `${this.namespace}:trace:${id}`;
  }
  /** Hash: how many events a trace has seen, and how many were left out. */
  traceTotals(id: string): string {
    return `${this.namespace}:trace:${id}:totals`;
  }
  /** Stream: what became of orders to nodes. */
  get answers(): string {
    return `${this.namespace}:answers`;
  }

  /** Stream: what every node rolled up at the end of each step of this length. */
  rollUps(step: RollUpStep): string {
    return `${this.namespace}:history:${step}`;
  }

  // a node's keys; `node` is `id.incarnation`
  nodeRecord(node: string): string {
    return `${this.#node(node)}:record`;
  }
  nodeControl(node: string): string {
    return `${this.#node(node)}:control`;
  }
  nodeInbox(node: string): string {
    return `${this.#node(node)}:inbox`;
  }
  nodeStats(node: string): string {
    return `${this.#node(node)}:stats`;
  }
  nodeSamples(node: string): string {
    return `${this.#node(node)}:samples`;
  }

  get #access(): string {
    return `${this.namespace}:{access}`;
  }
  #partition(partition: number): string {
    return `${this.namespace}:{p${partition}}`;
  }
  #node(node: string): string {
    return `${this.namespace}:{node:${node}}`;
  }
}
