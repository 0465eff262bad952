import { Keys, Store } from '@tributary/backplane';
import type { Clock, Logger } from '@tributary/runtime';
import { Access } from './access/access.ts';
import { defaultCost, type ScryptCost } from './access/password-hash.ts';
import { Refusals } from './access/refusals.ts';
import { Actions } from './actions/actions.ts';
import type { AdminConfig } from './config.ts';
import { Fleet } from './fleet/fleet.ts';
import { FleetSync } from './fleet/fleet-sync.ts';
import type { CertificateState } from './http/own-certificate.ts';
import { Insight } from './insight.ts';
import { actionChannels } from './live/action-channels.ts';
import type { ChannelMakers } from './live/channel.ts';
import { FleetChannel } from './live/fleet-channel.ts';
import { NodesChannel } from './live/nodes-channel.ts';
import { RowsChannel } from './live/rows-channel.ts';

/** What the parts are made with. */
export interface Tools {
  readonly logger: Logger;
  readonly clock: Clock;
  /** Told when the first operator was made, with the password if it is to be shown. */
  readonly onFirstOperator?: ((password: string | undefined) => void) | undefined;
  /** How the certificate this admin serves with stands; null without one. */
  readonly ownCertificate?: (() => CertificateState | null) | undefined;
  /** What a password's hash costs; tests make it cheap. */
  readonly cost?: ScryptCost | undefined;
}

/** Everything behind the API, in the order a value passes it. */
export interface Parts {
  readonly clock: Clock;
  /** The connection for short commands of requests; streams are followed on others. */
  readonly store: Store;
  /** Of what has no partitions: operators, sessions, audit. */
  readonly keys: Keys;
  readonly fleet: Fleet;
  readonly sync: FleetSync;
  readonly access: Access;
  readonly refusals: Refusals;
  readonly insight: Insight;
  readonly actions: Actions;
}

/** A request waits no longer than this for a Redis that stands still. */
const requestReplyMs = 1500;

/** Makes all parts; nothing runs yet. */
export function makeParts(
  config: AdminConfig,
  { logger, clock, onFirstOperator, ownCertificate = () => null, cost = defaultCost }: Tools,
): Parts {
  const { redis, admin } = config;
  const { namespace } = redis;
  const fleet = new Fleet(clock, admin);
  const sync = new FleetSync(fleet, { redis, maxDevices: admin.maxDevices }, logger);
  const store = openStore(config);
  const keys = new Keys(namespace, 1);
  const { session, firstPassword } = admin;
  const access = new Access(
    { store, keys, clock, logger },
    { session, firstPassword, onFirstOperator, cost },
  );
  const refusals = new Refusals(access.auditLog, clock);
  const insight = new Insight({ fleet, store, clock, logger, namespace, ownCertificate });
  const actions = new Actions({ fleet, store, clock, logger }, redis);
  return { clock, store, keys, fleet, sync, access, refusals, insight, actions };
}

/** The channels of the live feed. */
export function channelsOf({ fleet, insight, actions }: Parts): ChannelMakers {
  return {
    fleet: { everyMs: 1000, open: () => new FleetChannel(fleet) },
    nodes: { everyMs: 1000, open: () => new NodesChannel(fleet) },
    rows: { everyMs: 500, open: ({ ids }) => new RowsChannel(fleet, ids) },
    ...insight.makers(),
    ...actionChannels(actions),
  };
}

/** Begins to follow Redis. */
export function startParts({ access, store, sync, insight, actions }: Parts): void {
  access.start();
  store.start();
  sync.start();
  insight.start();
  actions.start();
}

/** Stops following and closes the connections. */
export async function stopParts(parts: Parts): Promise<void> {
  const { access, refusals, store, sync, insight, actions } = parts;
  refusals.flush();
  insight.stop();
  await Promise.all([sync.stop(), actions.stop(), access.stop().then(() => store.close())]);
}

function openStore({ redis }: AdminConfig): Store {
  return new Store({
    url: redis.url,
    tls: redis.tls,
    name: 'tributary-admin',
    connectTimeoutMs: redis.connectTimeoutMs,
    replyTimeoutMs: requestReplyMs,
  });
}
