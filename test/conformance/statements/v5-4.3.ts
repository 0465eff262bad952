import type { Statements } from './statement.ts';

/** Section 4.3: the delivery protocols of QoS 0, 1 and 2. */
export const deliveryProtocols: Statements = {
  '4.3.1-1': { says: 'QoS 0: the sender sends QoS 0 and DUP 0.' },
  '4.3.2-1': { says: 'QoS 1: the sender takes an unused Packet Identifier for each new message.' },
  '4.3.2-2': { says: 'QoS 1: the first PUBLISH carries that id, QoS 1 and DUP 0.' },
  '4.3.2-3': { says: 'QoS 1: a PUBLISH is unacknowledged until its PUBACK comes.' },
  '4.3.2-4': {
    says: 'QoS 1: the receiver answers with a PUBACK of the same id once the message is its own.',
  },
  '4.3.2-5': { says: 'QoS 1: after the PUBACK the same id is a new message, whatever DUP says.' },
  '4.3.3-1': { says: 'QoS 2: the sender takes an unused Packet Identifier for each new message.' },
  '4.3.3-2': { says: 'QoS 2: the first PUBLISH carries that id, QoS 2 and DUP 0.' },
  '4.3.3-3': { says: 'QoS 2: a PUBLISH is unacknowledged until its PUBREC comes.' },
  '4.3.3-4': { says: 'QoS 2: a PUBREC below 0x80 is answered by a PUBREL of the same id.' },
  '4.3.3-5': { says: 'QoS 2: a PUBREL is unacknowledged until its PUBCOMP comes.' },
  '4.3.3-6': { says: 'QoS 2: once the PUBREL is sent the PUBLISH is not sent again.' },
  '4.3.3-7': { says: 'QoS 2: a PUBLISH that was sent does not expire any more.' },
  '4.3.3-8': {
    says: 'QoS 2: the receiver answers with a PUBREC of the same id once the message is its own.',
  },
  '4.3.3-9': { says: 'QoS 2: after a PUBREC of 0x80 or above the same id is a new message.' },
  '4.3.3-10': { says: 'QoS 2: until its PUBREL a repeated PUBLISH is answered by PUBREC and not passed on.' },
  '4.3.3-11': { says: 'QoS 2: a PUBREL is answered by a PUBCOMP of the same id.' },
  '4.3.3-12': { says: 'QoS 2: after the PUBCOMP the same id is a new message.' },
  '4.3.3-13': { says: 'QoS 2: the exchange goes on although the message has expired.' },
};
