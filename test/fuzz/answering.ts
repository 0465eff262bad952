import type { Heard, Peer } from './peer.ts';

/** Answers a delivery as a device with manners does: PUBACK, PUBREC, PUBCOMP, or an `ack` frame. */
export function answer(peer: Peer, heard: Heard): void {
  if ('type' in heard) {
    if (heard.type === 'message' && heard['id'] !== undefined) peer.say({ type: 'ack', id: heard['id'] });
    return;
  }
  const { messageId } = heard;
  if (messageId === undefined) return;
  if (heard.cmd === 'publish') peer.say({ cmd: heard.qos === 1 ? 'puback' : 'pubrec', messageId });
  // [MQTT-4.3.3-4]: a PUBREC that refuses ends the exchange.
  else if (heard.cmd === 'pubrec' && (heard.reasonCode ?? 0) < 0x80) peer.say({ cmd: 'pubrel', messageId });
  else if (heard.cmd === 'pubrel') peer.say({ cmd: 'pubcomp', messageId });
}
