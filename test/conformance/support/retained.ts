import type { IPublishPacket } from 'mqtt-packet';
import type { Client, Filter, Qos } from './client.ts';
import type { Scene } from './server.ts';

/**
 * What a new subscription is sent of retained messages, complete: a second filter of the same SUBSCRIBE matches a
 * retained marker, and what comes before it belongs to the first. Acknowledges everything.
 */
export async function retainedFor(
  scene: Pick<Scene, 'connect' | 'id'>,
  subscriber: Client,
  filter: Filter,
  qos: Qos = 0,
): Promise<IPublishPacket[]> {
  const marker = scene.id('retained-marker');
  const publisher = await scene.connect({}, 4);
  await publisher.publish(marker, 'marker', 1, { retain: true });
  await subscriber.subscribe([filter, { topic: marker, qos: 0 }], qos);
  const messages: IPublishPacket[] = [];
  for (;;) {
    const message = await subscriber.take('publish');
    await subscriber.accept(message);
    if (message.topic === marker) return messages;
    messages.push(message);
  }
}
