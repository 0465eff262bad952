import { acknowledgements } from './v5-3.4.ts';
import { disconnectAndAuth } from './v5-3.14.ts';
import { reasons, type Statements } from './statement.ts';
import { subscriptions } from './v5-3.8.ts';

/** Section 3.3: PUBLISH. */
const publish: Statements = {
  '3.3.1-1': { says: 'A PUBLISH that is delivered again carries DUP 1.' },
  '3.3.1-2': { says: 'DUP is 0 at QoS 0.' },
  '3.3.1-3': {
    says: 'DUP of a delivery says only whether that delivery is a repetition, whatever the publisher set.',
  },
  '3.3.1-4': { says: 'Both QoS bits set is no QoS: malformed.' },
  '3.3.1-5': { says: 'RETAIN 1 makes the message, with its QoS, the one retained for its topic.' },
  '3.3.1-6': {
    says: 'An empty payload with RETAIN 1 is passed on as usual and removes what was retained for the topic.',
  },
  '3.3.1-7': { says: 'An empty payload is never kept as a retained message.' },
  '3.3.1-8': { says: 'RETAIN 0 neither stores, nor replaces, nor removes a retained message.' },
  '3.3.1-9': { says: 'Retain Handling 0: every SUBSCRIBE is sent the retained messages that match.' },
  '3.3.1-10': { says: 'Retain Handling 1: only a SUBSCRIBE that makes a new subscription is sent them.' },
  '3.3.1-11': { says: 'Retain Handling 2: no SUBSCRIBE is sent them.' },
  '3.3.1-12': { says: 'Without Retain As Published, messages are forwarded with RETAIN 0.' },
  '3.3.1-13': { says: 'With Retain As Published, RETAIN stays as the publisher set it.' },
  '3.3.2-1': { says: 'The Topic Name stands first in the variable header and is UTF-8.' },
  '3.3.2-2': { says: 'A Topic Name has no wildcard.' },
  '3.3.2-3': { says: 'The Topic Name of a delivery matches the filter of the subscription.' },
  '3.3.2-4': { says: 'The Payload Format Indicator reaches every subscriber unaltered.' },
  '3.3.2-5': {
    says: 'A message whose expiry has passed before its delivery began is deleted for that subscriber.',
  },
  '3.3.2-6': {
    says: 'A delivery carries the expiry that is left: what was set less the time spent waiting.',
  },
  '3.3.2-7': { says: 'Topic Aliases end with the connection.' },
  '3.3.2-8': { says: 'There is no Topic Alias 0.' },
  '3.3.2-9': { says: 'A client uses no Topic Alias above the maximum of the CONNACK.' },
  '3.3.2-10': {
    says: 'A client accepts every Topic Alias up to the maximum of its CONNECT.',
    notCovered: reasons.client,
  },
  '3.3.2-11': { says: 'A server uses no Topic Alias above the maximum of the CONNECT.' },
  '3.3.2-12': { says: 'A server accepts every Topic Alias up to the maximum of its CONNACK.' },
  '3.3.2-13': { says: 'The Response Topic is UTF-8.' },
  '3.3.2-14': { says: 'The Response Topic has no wildcard.' },
  '3.3.2-15': { says: 'The Response Topic reaches every subscriber unaltered.' },
  '3.3.2-16': { says: 'The Correlation Data reaches every subscriber unaltered.' },
  '3.3.2-17': { says: 'All User Properties reach the subscribers unaltered.' },
  '3.3.2-18': { says: 'User Properties keep their order.' },
  '3.3.2-19': { says: 'The Content Type is UTF-8.' },
  '3.3.2-20': { says: 'The Content Type reaches every subscriber unaltered.' },
  '3.3.4-1': { says: 'A PUBLISH is answered as its QoS asks: not at all, by PUBACK, by PUBREC.' },
  '3.3.4-2': {
    says: 'A message that matches several subscriptions is delivered at the highest of their QoS.',
  },
  '3.3.4-3': { says: 'A delivery carries the Subscription Identifiers of the subscriptions that caused it.' },
  '3.3.4-4': { says: 'A single copy carries the Subscription Identifiers of all subscriptions it matches.' },
  '3.3.4-5': {
    says: 'Of several copies each carries the Subscription Identifier of its own subscription.',
    notCovered: 'overlapping subscriptions are served by a single copy, see 3.3.4-4',
  },
  '3.3.4-6': { says: 'A client sends no Subscription Identifier in a PUBLISH.' },
  '3.3.4-7': {
    says: 'A client has no more QoS 1 and 2 messages unacknowledged than the server’s Receive Maximum.',
  },
  '3.3.4-8': {
    says: 'A client delays nothing but PUBLISH when Receive Maximum is reached.',
    notCovered: reasons.client,
  },
  '3.3.4-9': {
    says: 'A server has no more QoS 1 and 2 messages unacknowledged than the client’s Receive Maximum.',
  },
  '3.3.4-10': { says: 'A server delays nothing but PUBLISH when Receive Maximum is reached.' },
};

/** Sections 3.3 to 3.15: PUBLISH and its acknowledgements, SUBSCRIBE, UNSUBSCRIBE, PING, DISCONNECT, AUTH. */
export const publishToAuth: Statements = {
  ...publish,
  ...acknowledgements,
  ...subscriptions,
  ...disconnectAndAuth,
};
