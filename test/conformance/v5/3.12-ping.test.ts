import { pingreq } from '../support/bytes.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 5 });

overTransports('answers PINGREQ with PINGRESP [MQTT-3.12.4-1]', async ({ connect }) => {
  const client = await connect();
  client.send(pingreq);
  await client.expect('pingresp');
});
