import { expect } from 'vitest';
import { byte, packet, pingreq } from '../support/bytes.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 5 });

overTransports('answers PINGREQ with PINGRESP [MQTT-3.12.4-1]', async ({ connect }) => {
  const client = await connect();
  client.send(pingreq);
  const { raw } = await client.nextRaw('pingresp');
  expect(raw).toEqual(Buffer.from([0xd0, 0]));
});

overTransports('answers each of many PINGREQ [MQTT-3.12.4-1]', async ({ connect }) => {
  const client = await connect();
  client.send(...Array.from({ length: 20 }, () => pingreq));
  for (let n = 0; n < 20; n++) await client.expect('pingresp');
  await client.nothingMore();
});

overTransports('refuses a PINGREQ with flags or a body as malformed [MQTT-4.13.1-1]', async ({ connect }) => {
  for (const bytes of [packet('pingreq', [], 1), packet('pingreq', [byte(0)])]) {
    const client = await connect();
    client.send(bytes);
    await client.disconnectedWith(0x81);
  }
});

overTransports('a PINGRESP from a client is a protocol error [MQTT-4.13.1-1]', async ({ connect }) => {
  const client = await connect();
  client.send(packet('pingresp', []));
  await client.disconnectedWith(0x81, 0x82);
});
