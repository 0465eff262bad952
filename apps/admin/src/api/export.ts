import { Readable } from 'node:stream';
import { deviceListQuerySchema, formatFilter } from '@tributary/protocol/admin-api';
import type { FastifyReply } from 'fastify';
import { audit } from '../access/audit.ts';
import { lineFormats } from '../fleet/export/device-lines.ts';
import { exportDevices } from '../fleet/export/export-devices.ts';
import { ExportGate } from '../fleet/export/export-gate.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { readFilter } from '../fleet/query/filter-problem.ts';
import type { App } from '../http/app.ts';

const exportQuerySchema = deviceListQuerySchema.pick({ q: true, sort: true });

/**
 * `GET /api/v1/export/devices.csv` and `…/devices.ndjson`: all devices of a filter, in the order of the list, as a file.
 */
export function exportRoutes(app: App, fleet: Fleet): void {
  const gate = new ExportGate();
  for (const name of ['csv', 'ndjson'] as const) {
    app.get(
      `/api/v1/export/devices.${name}`,
      {
        config: { needs: 'viewer' },
        schema: {
          tags: ['devices'],
          summary: `All devices that match a filter, as ${name.toUpperCase()}`,
          querystring: exportQuerySchema,
        },
      },
      async (request, reply) => {
        const conditions = readFilter(request.query.q);
        const leave = gate.enter(request.operator.name, fleet.clock.monotonic());
        try {
          const { sort } = request.query;
          const order = await fleet.lists.all(fleet.index, { conditions, sort }, fleet.moment());
          await audit(request, {
            action: 'devices.export',
            target: formatFilter(conditions) || 'all devices',
            result: 'accepted',
            detail: { format: name, sort, devices: order.slots.length },
          });
          const text = Readable.from(exportDevices(order, lineFormats[name], fleet.clock), {
            highWaterMark: 1,
          });
          text.once('close', leave);
          return send(reply, name, text);
        } catch (error) {
          leave();
          throw error;
        }
      },
    );
  }
}

function send(reply: FastifyReply, name: keyof typeof lineFormats, text: Readable): FastifyReply {
  return reply
    .header('content-type', lineFormats[name].contentType)
    .header('content-disposition', `attachment; filename="devices.${name}"`)
    .send(text);
}
