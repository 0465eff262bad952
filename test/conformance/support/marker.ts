import type { IPublishPacket } from 'mqtt-packet';
import type { Client, Qos } from './client.ts';

let next = 0;

/**
 * Shows what reached a subscriber, and what did not: a marker is published behind everything the publisher sent, at a
 * QoS that takes the same way through the server, and all messages before it are answered. Acknowledges them.
 *
 * @param filterTopic a topic the subscriber is subscribed to, at `qos` or more.
 */
export async function messagesBefore(
  subscriber: Client,
  publisher: Client,
  filterTopic: string,
  qos: Qos = 0,
): Promise<IPublishPacket[]> {
  const payload = `marker ${++next}`;
  await publisher.publish(filterTopic, payload, qos);
  const messages: IPublishPacket[] = [];
  for (;;) {
    const message = await subscriber.receive();
    if (String(message.payload) === payload) return messages;
    messages.push(message);
  }
}

/** Subscribes to a topic of its own and runs `messagesBefore` on it: for clients that subscribe to nothing else. */
export async function messagesBeforeOwnMarker(
  subscriber: Client,
  publisher: Client,
  qos: Qos = 0,
): Promise<IPublishPacket[]> {
  const topic = `marker/${process.pid}/${++next}`;
  await subscriber.subscribe(topic, qos);
  return messagesBefore(subscriber, publisher, topic, qos);
}
