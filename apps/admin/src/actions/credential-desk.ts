import {
  disableDevice,
  dropResumeKey,
  enableDevice,
  listCredentials,
  listDisabled,
  putCredential,
  readCredential,
  readDisablement,
  removeCredential,
  type DeviceCredential,
  type Disablement,
  type Keys,
} from '@tributary/backplane';
import type {
  CredentialList,
  CredentialView,
  DisabledDevice,
  NewCredential,
  Operation,
} from '@tributary/protocol/admin-api';
import type { Redis } from 'ioredis';
import { digestOf, randomId, randomSecret } from '../access/secrets.ts';
import { HttpProblem } from '../http/problem.ts';
import { ask, askForChange } from '../redis/ask.ts';
import { noteInHistory } from './history-note.ts';
import { orderNodes } from './node-orders.ts';
import type { ActionParts } from './parts.ts';

type OnEnded = (operation: Operation) => void;

/** What is done to the credentials of one device, for the audit and the history of the device. */
type Step = 'credential-given' | 'credential-removed' | 'disabled' | 'enabled';

/** The most that are listed at a time. */
const mostListed = 500;

/** Credentials of devices as operators see them. */
export class CredentialDesk {
  readonly #parts: ActionParts;

  constructor(parts: ActionParts) {
    this.#parts = parts;
  }

  async list(): Promise<Omit<CredentialList, 'at'>> {
    const { store } = this.#parts;
    const keys = await this.#parts.keys();
    const { items, total } = await ask(store, (redis) => listCredentials(redis, keys, mostListed));
    const disabled = await ask(store, (redis) => listDisabled(redis, keys));
    return {
      items: items.map(([device, credential]) => viewOf(device, credential)).toSorted(byDevice),
      total,
      disabled: newest([...disabled].map(([device, facts]) => ({ device, ...facts }))),
      totalDisabled: disabled.size,
    };
  }

  async listOne(device: string): Promise<Omit<CredentialList, 'at'>> {
    const { store } = this.#parts;
    const keys = await this.#parts.keys();
    const credential = await ask(store, (redis) => readCredential(redis, keys, device));
    const disabled = await ask(store, (redis) => readDisablement(redis, keys, device));
    return {
      items: credential === undefined ? [] : [viewOf(device, credential)],
      total: credential === undefined ? 0 : 1,
      disabled: disabled === undefined ? [] : [{ device, ...disabled }],
      totalDisabled: disabled === undefined ? 0 : 1,
    };
  }

  /** @throws HttpProblem 409 `too-many-credentials`, 503 */
  async put(
    { device, label = '', withSecret = true, spki }: NewCredential,
    by: string,
    onEnded: OnEnded,
  ): Promise<{ credential: CredentialView; secret: string | null; operation: Operation }> {
    const secret = withSecret ? randomSecret() : null;
    const digest = secret === null ? undefined : digestOf(secret);
    const at = this.#parts.clock.now();
    const credential: DeviceCredential = { id: randomId(), digest, spki, label, by, at };
    const facts = { device, by, reason: label };
    const operation = await this.#order('credential-given', facts, onEnded, async (redis, keys) => {
      if ((await putCredential(redis, keys, device, credential)) === 'full')
        throw new HttpProblem(409, 'too-many-credentials', 'there are as many credentials as there may be');
      await dropResumeKey(redis, keys, device);
    });
    return { credential: viewOf(device, credential), secret, operation };
  }

  /** @throws HttpProblem 404 `credential-not-found`, 503 */
  remove(device: string, by: string, onEnded: OnEnded): Promise<Operation> {
    return this.#order('credential-removed', { device, by, reason: '' }, onEnded, async (redis, keys) => {
      const wasThere = await removeCredential(redis, keys, device);
      // Also when it was gone: who tries again may have failed here the first time.
      await dropResumeKey(redis, keys, device);
      if (!wasThere) throw new HttpProblem(404, 'credential-not-found', 'this device has no credential');
    });
  }

  /** @throws HttpProblem 409 `too-many-disabled`, 503 */
  disable(device: string, facts: Omit<Disablement, 'at'>, onEnded: OnEnded): Promise<Operation> {
    const disablement = { ...facts, at: this.#parts.clock.now() };
    return this.#order('disabled', { device, ...facts }, onEnded, async (redis, keys) => {
      if ((await disableDevice(redis, keys, device, disablement)) === 'full')
        throw new HttpProblem(409, 'too-many-disabled', 'as many devices as may be are disabled');
    });
  }

  /** @throws HttpProblem 404 `not-disabled`, 503 */
  enable(device: string, by: string, onEnded: OnEnded): Promise<Operation> {
    return this.#order('enabled', { device, by, reason: '' }, onEnded, async (redis, keys) => {
      if (!(await enableDevice(redis, keys, device)))
        throw new HttpProblem(404, 'not-disabled', 'this device is not disabled');
    });
  }

  async #order(
    action: Step,
    { device, by, reason }: { device: string; by: string; reason: string },
    onEnded: OnEnded,
    commands: (redis: Redis, keys: Keys) => Promise<void>,
  ): Promise<Operation> {
    const { store, clock } = this.#parts;
    const facts = { action: 'credential', target: `id:${device}`, reason, by } as const;
    const change = (keys: Keys): Promise<void> => askForChange(store, (redis) => commands(redis, keys));
    const { operation } = await orderNodes(
      { type: 'credentials-changed', facts, change, onEnded },
      this.#parts,
    );
    const ts = clock.now();
    noteInHistory({ device, action, by, reason, epoch: 0, node: '', outcome: 'asked', ts }, this.#parts);
    return operation;
  }
}

function viewOf(device: string, { label, digest, spki, by, at }: DeviceCredential): CredentialView {
  return { device, label, hasSecret: digest !== undefined, spki: spki ?? null, by, at };
}

const byDevice = (a: { device: string }, b: { device: string }): number => (a.device < b.device ? -1 : 1);

/** In order of client id. */
const newest = (disabled: readonly DisabledDevice[]): DisabledDevice[] =>
  disabled
    .toSorted((a, b) => b.at - a.at)
    .slice(0, mostListed)
    .toSorted(byDevice);
