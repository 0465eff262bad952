import { expect } from 'vitest';
import { useServer } from '../support/server.ts';
import { cutOff, lasting } from '../support/sessions.ts';

const { overTransports } = useServer({ version: 5 });

overTransports.each([[0], [1], [2]] as [qos: 0 | 1 | 2][])(
  'carries a request and its response at QoS %s: response topic and correlation data [MQTT-3.3.2-15] [MQTT-3.3.2-16]',
  async ({ connect, topic }, qos) => {
    const requester = await connect();
    const responder = await connect();
    await requester.subscribe(topic('response'), qos);
    await responder.subscribe(topic('request'), qos);
    const correlationData = Buffer.from([0, 1, 255, 13, 10]);
    await requester.publish(topic('request'), 'what time is it', qos, {
      properties: { responseTopic: topic('response'), correlationData },
    });
    const request = await responder.receive();
    await responder.publish(request.properties?.responseTopic ?? '', 'half past', qos, {
      properties: { correlationData: request.properties?.correlationData ?? Buffer.alloc(0) },
    });
    const response = await requester.take('publish');
    expect(String(response.payload)).toBe('half past');
    expect(response.properties).toEqual({ correlationData });
  },
);

overTransports(
  'a request of a client that is away meanwhile finds its response on return [MQTT-3.3.2-15] [MQTT-3.3.2-16]',
  async (scene) => {
    const { connect, topic } = scene;
    const ids = { requester: scene.id(), responder: scene.id() };
    const responder = await connect(lasting(ids.responder));
    await responder.subscribe(topic('request'), 1);
    await cutOff(scene, responder);
    const requester = await connect(lasting(ids.requester));
    await requester.subscribe(topic('response'), 1);
    await requester.publish(topic('request'), '?', 1, {
      properties: { responseTopic: topic('response'), correlationData: Buffer.from('7') },
    });
    await cutOff(scene, requester);
    const answering = await connect(lasting(ids.responder));
    const { properties } = await answering.receive();
    expect(properties?.responseTopic).toBe(topic('response'));
    await answering.publish(topic('response'), '!', 1, {
      properties: { correlationData: properties?.correlationData ?? Buffer.alloc(0) },
    });
    const response = await (await connect(lasting(ids.requester))).receive();
    expect(response.properties?.correlationData).toEqual(Buffer.from('7'));
  },
);
