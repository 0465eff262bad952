import type { IPublishPacket } from 'mqtt-packet';
import { until } from '../../support/until.ts';
import type { Qos } from './client.ts';
import { retainedFor } from './retained.ts';
import type { Scene } from './server.ts';

/**
 * What a new subscriber is sent of retained messages, as soon as there is any: for those whose storing nobody is told
 * of, of QoS 0 and wills.
 */
export const retainedSoon = (
  scene: Pick<Scene, 'connect' | 'id'>,
  filter: string,
  qos: Qos = 2,
): Promise<IPublishPacket[]> =>
  until(`a retained message of ${filter}`, async () => {
    const messages = await retainedFor(scene, await scene.connect(), filter, qos);
    return messages.length > 0 ? messages : undefined;
  });
