import { describe, expect, test } from 'vitest';
import { adviceOf, type CloseReason, closeReasons } from './close-reasons.ts';
import { crc32, partitionOf } from './partition.ts';
import { tableOf } from './testing/document-tables.ts';

const reasons = Object.keys(closeReasons) as CloseReason[];
const hex = (code: number): string => `0x${code.toString(16).padStart(2, '0').toUpperCase()}`;

describe('docs/protocol.md', () => {
  test('has every reason with its codes', () => {
    const rows = reasons.map((reason) => {
      const { mqtt, connack3, connack5 = mqtt, ws, by, retry, says } = adviceOf(reason);
      return [`\`${reason}\``, hex(mqtt), hex(connack5), String(connack3 ?? ''), String(ws), by, retry, says];
    });
    expect(
      tableOf('protocol.md', [
        'reason',
        'DISCONNECT',
        'CONNACK',
        '3.1.1 CONNACK',
        'WebSocket',
        'by',
        'retry',
        'what happened',
      ]),
    ).toEqual(rows);
  });
});

describe('docs/device-websocket.md', () => {
  test('has every reason a device can be told', () => {
    const told = reasons.filter(
      (reason) => adviceOf(reason).by === 'gateway' || reason === 'keep-alive-timeout',
    );
    const rows = told.map((reason) => {
      const { ws, retry, says } = adviceOf(reason);
      return [`\`${reason}\``, String(ws), `\`${retry}\``, says];
    });
    expect(tableOf('device-websocket.md', ['reason', 'close code', 'retry', 'what happened'])).toEqual(rows);
  });
});

describe('docs/streams.md', () => {
  test('has partition vectors that hold', () => {
    const rows = tableOf('streams.md', ['client id', 'CRC-32', 'P = 16', 'P = 4']);
    expect(rows.length).toBeGreaterThan(4);
    for (const [cell, crc, of16, of4] of rows) {
      const clientId = cell!.replace(/^`(.*)`$/, '$1');
      expect([
        hex(crc32(new TextEncoder().encode(clientId))).toLowerCase(),
        partitionOf(clientId, 16),
      ]).toEqual([crc, Number(of16)]);
      expect(partitionOf(clientId, 4)).toBe(Number(of4));
    }
  });
});
