import {
  credentialListSchema,
  credentialMadeSchema,
  credentialQuerySchema,
  disableDeviceSchema,
  enableDeviceSchema,
  newCredentialSchema,
  operationSchema,
  type Operation,
} from '@tributary/protocol/admin-api';
import type { FastifyRequest } from 'fastify';
import { audit } from '../access/audit.ts';
import type { Actions } from '../actions/actions.ts';
import type { App } from '../http/app.ts';

interface Facts {
  readonly action: string;
  readonly target: string;
  readonly reason?: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}
type Work<T> = (by: string, onEnded: (operation: Operation) => void) => Promise<T>;

const tags = ['credentials'];
const path = '/api/v1/credentials';

/**
 * `/api/v1/credentials`: what single devices have to show, and which are disabled. Secrets are told once, in the answer that
 * made them.
 * @param now Unix ms
 */
export function credentialRoutes(app: App, actions: Actions, now: () => number): void {
  const { credentials, idempotency } = actions;

  /** Audits before it acts, and what came of it. */
  const audited = async <T>(request: FastifyRequest, facts: Facts, work: Work<T>): Promise<T> => {
    await audit(request, { ...facts, result: 'accepted' });
    return work(request.operator.name, actions.auditEnd(request, facts));
  };
  /** Once for each idempotency key. */
  const act = <T>(request: FastifyRequest, facts: Facts, work: Work<T>): Promise<T> =>
    idempotency.once(request, () => audited(request, facts, work));

  app.get(
    path,
    {
      config: { needs: 'operator' },
      schema: {
        ...{ tags, summary: 'Credentials of devices, and devices that are disabled' },
        querystring: credentialQuerySchema,
        response: { 200: credentialListSchema },
      },
    },
    async ({ query: { device } }) => ({
      ...(await (device === undefined ? credentials.list() : credentials.listOne(device))),
      at: now(),
    }),
  );

  app.post(
    path,
    {
      config: { needs: 'admin', audit: 'credential.put' },
      schema: {
        ...{ tags, summary: 'Give a device a credential, or another one instead' },
        description: 'The secret is told in this answer alone; the device sends it as its password.',
        body: newCredentialSchema,
        response: { 201: credentialMadeSchema },
      },
    },
    async (request, reply) => {
      const { device, label, withSecret, spki } = request.body;
      const detail = { label, withSecret, spki };
      const facts = { action: 'credential.put', target: `id:${device}`, detail };
      // Asked again it makes another secret: this one is kept nowhere, so it cannot be told again.
      const made = await audited(request, facts, (by, onEnded) => credentials.put(request.body, by, onEnded));
      return reply.code(201).send(made);
    },
  );

  app.post(
    `${path}/remove`,
    {
      config: { needs: 'admin', audit: 'credential.remove' },
      schema: {
        ...{ tags, summary: 'Take the credential of a device away', body: enableDeviceSchema },
        response: { 202: operationSchema },
      },
    },
    async (request, reply) => {
      const { device } = request.body;
      const facts = { action: 'credential.remove', target: `id:${device}` };
      const operation = await act(request, facts, (by, onEnded) => credentials.remove(device, by, onEnded));
      return reply.code(202).send(operation);
    },
  );

  app.post(
    `${path}/disable`,
    {
      config: { needs: 'admin', audit: 'device.disable' },
      schema: {
        ...{ tags, summary: 'Keep a device out until it is enabled', body: disableDeviceSchema },
        response: { 202: operationSchema },
      },
    },
    async (request, reply) => {
      const { device, reason } = request.body;
      const facts = { action: 'device.disable', target: `id:${device}`, reason };
      const operation = await act(request, facts, (by, onEnded) =>
        credentials.disable(device, { reason, by }, onEnded),
      );
      return reply.code(202).send(operation);
    },
  );

  app.post(
    `${path}/enable`,
    {
      config: { needs: 'admin', audit: 'device.enable' },
      schema: {
        ...{ tags, summary: 'Let a disabled device in again', body: enableDeviceSchema },
        response: { 202: operationSchema },
      },
    },
    async (request, reply) => {
      const { device } = request.body;
      const facts = { action: 'device.enable', target: `id:${device}` };
      const operation = await act(request, facts, (by, onEnded) => credentials.enable(device, by, onEnded));
      return reply.code(202).send(operation);
    },
  );
}
