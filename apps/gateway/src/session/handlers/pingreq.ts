import type { MqttSession } from '../mqtt-session.ts';

const pingResp = Buffer.from([0xd0, 0]);

/** PINGREQ (MQTT 5 section 3.12): answered at once, whatever Redis does [MQTT-3.12.4-1]. */
export function onPingReq(session: MqttSession): void {
  session.connection.send(pingResp);
}
