import { loopbackAddress } from '../loopback.ts';
import type { FleetPlan } from '../plan.ts';
import type { Slab } from '../slab.ts';
import type { ConnectFacts } from './mqtt.ts';
import { MqttSpeech } from './mqtt-speech.ts';
import { PlainSpeech } from './plain-speech.ts';
import type { Listener, Speech } from './speech.ts';
import { upgradeRequest } from './websocket.ts';

/** The dialect of a plan, ready for one connection. */
export function speechFor(plan: FleetPlan, clientId: string, slab: Slab, listener: Listener): Speech {
  const facts: ConnectFacts = {
    version: plan.protocol === 'mqtt5' ? 5 : 4,
    clientId,
    keepAliveSeconds: plan.keepAliveSeconds ?? 60,
    cleanStart: plan.cleanStart ?? true,
    expirySeconds: plan.expirySeconds ?? 0,
    tags: plan.tags?.(clientId),
    user: plan.user,
    password: plan.password,
  };
  const { endpoint } = plan;
  if (endpoint.transport === 'tcp') return new MqttSpeech(facts, plan.qos, slab, listener);
  const isPlain = plan.protocol === 'tributary.v1';
  const upgrade = upgradeRequest(
    loopbackAddress(endpoint.host),
    endpoint.port,
    endpoint.path ?? (isPlain ? '/ws' : '/mqtt'),
    isPlain ? 'tributary.v1' : 'mqtt',
  );
  return isPlain
    ? new PlainSpeech(facts, plan.qos, listener, upgrade)
    : new MqttSpeech(facts, plan.qos, slab, listener, upgrade);
}
