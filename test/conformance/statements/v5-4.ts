import { deliveryProtocols } from './v5-4.3.ts';
import { reasons, type Statements } from './statement.ts';

/** Sections 4.1 and 4.2: session state, network connections. */
const sessionsAndNetwork: Statements = {
  '4.1.0-1': { says: 'The session state stays while the connection is open.' },
  '4.1.0-2': { says: 'The session state goes once the connection is closed and its expiry has passed.' },
  '4.2.0-1': { says: 'The transport is an ordered, lossless stream of bytes in both directions.' },
};

/** Sections 4.4 to 4.6: redelivery, receipt, order. */
const redeliveryAndOrder: Statements = {
  '4.4.0-1': {
    says: 'On return to a session what is unacknowledged, PUBLISH and PUBREL, is sent again under its ids, and at no other time.',
  },
  '4.4.0-2': { says: 'PUBACK or PUBREC of 0x80 or above ends the delivery; the PUBLISH is not sent again.' },
  '4.5.0-1': { says: 'A message a server has taken is added to the session of every client it matches.' },
  '4.5.0-2': {
    says: 'A client acknowledges what it receives, whether it processes it or not.',
    notCovered: reasons.client,
  },
  '4.6.0-1': { says: 'What is sent again is sent in the order it was sent first.' },
  '4.6.0-2': { says: 'PUBACKs leave in the order of the PUBLISHes they answer.' },
  '4.6.0-3': { says: 'PUBRECs leave in the order of the PUBLISHes they answer.' },
  '4.6.0-4': { says: 'PUBRELs leave in the order of the PUBRECs they answer.' },
  '4.6.0-5': { says: 'Messages of a publisher reach subscribers in order, per topic and QoS.' },
  '4.6.0-6': { says: 'Every topic is ordered for subscriptions that are not shared.' },
};

/** Section 4.7: topic names and topic filters. */
const topics: Statements = {
  '4.7.0-1': { says: 'Wildcards stand in Topic Filters only, not in Topic Names.' },
  '4.7.1-1': { says: '`#` is a whole level and the last one.' },
  '4.7.1-2': { says: '`+` is a whole level, anywhere.' },
  '4.7.2-1': { says: 'A filter that begins with a wildcard matches no topic that begins with `$`.' },
  '4.7.3-1': { says: 'Topic Names and Topic Filters have at least one character.' },
  '4.7.3-2': { says: 'Topic Names and Topic Filters hold no U+0000.' },
  '4.7.3-3': { says: 'Topic Names and Topic Filters are UTF-8 of at most 65,535 bytes.' },
  '4.7.3-4': { says: 'Matching changes nothing: no normalization, no replaced characters.' },
};

/** Sections 4.8 and 4.9: shared subscriptions, flow control. */
const sharedAndFlow: Statements = {
  '4.8.2-1': { says: 'A shared filter begins with `$share/` and a share name of at least one character.' },
  '4.8.2-2': { says: 'The share name has no `/`, `+` or `#` and is followed by `/` and a Topic Filter.' },
  '4.8.2-3': { says: 'The QoS granted to the member is respected.' },
  '4.8.2-4': { says: 'A QoS 2 delivery that was cut off is completed when that member returns.' },
  '4.8.2-5': { says: 'If that member’s session ends before, no other is sent the message.' },
  '4.8.2-6': { says: 'A message a member refuses with 0x80 or above is discarded; no other is sent it.' },
  '4.9.0-1': { says: 'The send quota begins at 1 or more, and at no more than Receive Maximum.' },
  '4.9.0-2': { says: 'With a quota of zero no QoS 1 or 2 message is sent.' },
  '4.9.0-3': { says: 'All other packets are processed and answered although the quota is zero.' },
};

/** Sections 4.12 and 4.13: enhanced authentication, errors. */
const authenticationAndErrors: Statements = {
  '4.12.0-1': { says: 'An authentication method the server does not know ends the connection.' },
  '4.12.0-2': { says: 'The server asks for more with AUTH 0x18.' },
  '4.12.0-3': { says: 'The client answers with AUTH 0x18.', notCovered: reasons.client },
  '4.12.0-4': { says: 'A server that rejects the authentication closes the connection.' },
  '4.12.0-5': { says: 'AUTH and CONNACK repeat the method of the CONNECT.' },
  '4.12.0-6': { says: 'Without a method in CONNECT the server sends no AUTH and no method in CONNACK.' },
  '4.12.0-7': { says: 'Without a method in CONNECT the client sends no AUTH.' },
  '4.12.1-1': { says: 'Re-authentication names the method of the CONNECT.' },
  '4.12.1-2': { says: 'A re-authentication that fails ends the connection.' },
  '4.13.1-1': { says: 'A malformed packet or a protocol error ends the connection.' },
  '4.13.2-1': { says: 'A Reason Code of 0x80 or above in CONNACK or DISCONNECT ends the connection.' },
};

/** Chapter 4: operational behaviour. */
export const chapter4: Statements = {
  ...sessionsAndNetwork,
  ...deliveryProtocols,
  ...redeliveryAndOrder,
  ...topics,
  ...sharedAndFlow,
  ...authenticationAndErrors,
};
