import type { Statements } from './statement.ts';

/** Sections 3.8 to 3.12: SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ. */
export const subscriptions: Statements = {
  '3.8.1-1': {
    says: 'The flags of SUBSCRIBE are 0010; any other value is malformed and ends the connection.',
  },
  '3.8.3-1': { says: 'Topic Filters are UTF-8.' },
  '3.8.3-2': { says: 'A SUBSCRIBE names at least one Topic Filter with its options.' },
  '3.8.3-3': {
    says: 'No Local keeps messages from a connection whose client id is that of the publishing connection.',
  },
  '3.8.3-4': { says: 'No Local on a Shared Subscription is a protocol error.' },
  '3.8.3-5': { says: 'A SUBSCRIBE whose options have a reserved bit set is malformed.' },
  '3.8.4-1': { says: 'SUBSCRIBE is answered by SUBACK.' },
  '3.8.4-2': { says: 'The SUBACK carries the Packet Identifier of its SUBSCRIBE.' },
  '3.8.4-3': { says: 'A SUBSCRIBE to a filter the session already has replaces that subscription wholly.' },
  '3.8.4-4': {
    says: 'Replacing with Retain Handling 0 sends the retained messages again, and no publication is lost by it.',
  },
  '3.8.4-5': {
    says: 'A SUBSCRIBE of several filters has the effect of several SUBSCRIBE, answered by a single SUBACK.',
  },
  '3.8.4-6': { says: 'The SUBACK has a Reason Code for each filter.' },
  '3.8.4-7': { says: 'That Reason Code is the QoS granted, or says that the subscription failed.' },
  '3.8.4-8': {
    says: 'A message is delivered at the lesser of the QoS it was published at and the one granted.',
  },
  '3.9.2-1': { says: 'No Reason String makes a SUBACK larger than the client takes.' },
  '3.9.2-2': { says: 'No User Property makes a SUBACK larger than the client takes.' },
  '3.9.3-1': { says: 'The Reason Codes of a SUBACK stand in the order of the filters.' },
  '3.9.3-2': { says: 'A SUBACK carries Reason Codes of SUBACK.' },
  '3.10.1-1': {
    says: 'The flags of UNSUBSCRIBE are 0010; any other value is malformed and ends the connection.',
  },
  '3.10.3-1': { says: 'The Topic Filters of an UNSUBSCRIBE are UTF-8.' },
  '3.10.3-2': { says: 'An UNSUBSCRIBE names at least one Topic Filter.' },
  '3.10.4-1': {
    says: 'Filters of UNSUBSCRIBE are compared character by character; what is equal is unsubscribed.',
  },
  '3.10.4-2': { says: 'No new message is taken up for an unsubscribed filter.' },
  '3.10.4-3': { says: 'QoS 1 and 2 messages whose delivery has begun are delivered to the end.' },
  '3.10.4-4': { says: 'UNSUBSCRIBE is answered by UNSUBACK.' },
  '3.10.4-5': {
    says: 'The UNSUBACK carries the Packet Identifier of its UNSUBSCRIBE, and comes even if nothing was removed.',
  },
  '3.10.4-6': {
    says: 'An UNSUBSCRIBE of several filters has the effect of several, answered by a single UNSUBACK.',
  },
  '3.11.2-1': { says: 'No Reason String makes an UNSUBACK larger than the client takes.' },
  '3.11.2-2': { says: 'No User Property makes an UNSUBACK larger than the client takes.' },
  '3.11.3-1': { says: 'The Reason Codes of an UNSUBACK stand in the order of the filters.' },
  '3.11.3-2': { says: 'An UNSUBACK carries Reason Codes of UNSUBACK.' },
  '3.12.4-1': { says: 'PINGREQ is answered by PINGRESP.' },
};
