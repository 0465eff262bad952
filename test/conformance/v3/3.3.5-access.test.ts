import { expect } from 'vitest';
import { publishBytes } from '../support/bytes.ts';
import { messagesBefore } from '../support/marker.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 4, config: { access: { denyPublish: ['closed/#'] } } });

overTransports.each([[0], [1], [2]] as const)(
  'a PUBLISH of QoS %s that is not authorised is acknowledged or closed, and reaches nobody [MQTT-3.3.5-2]',
  async ({ connect, topic }, qos) => {
    const watcher = await connect();
    await watcher.subscribe(['closed/#', topic()]);
    const client = await connect();
    const packetId = qos === 0 ? {} : { packetId: 1 };
    client.send(publishBytes({ topic: `closed/${topic()}`, payload: 'x', qos, ...packetId }));
    client.send({ cmd: 'pingreq' });
    const kinds: string[] = [];
    while (client.ending === undefined && !kinds.includes('pingresp')) {
      const answer = await client.next().catch(() => undefined);
      if (answer !== undefined) kinds.push(answer.packet.cmd);
    }
    if (client.ending === undefined && qos > 0) expect(kinds).toContain(qos === 1 ? 'puback' : 'pubrec');
    expect(await messagesBefore(watcher, await connect(), topic())).toEqual([]);
  },
);
