import type { Statements } from './statement.ts';
import { reasons } from './statement.ts';

const { client } = reasons;

const representation: Statements = {
  '1.5.3-1': { says: 'A string that is no well-formed UTF-8, surrogates included, closes the connection' },
  '1.5.3-2': { says: 'A string with U+0000 closes the connection' },
  '1.5.3-3': { says: 'The bytes EF BB BF are the character U+FEFF and are kept wherever they stand' },
};

const packetFormat: Statements = {
  '2.2.2-1': { says: 'Reserved flag bits of the first byte have the values of the table' },
  '2.2.2-2': { says: 'Wrong flag bits close the connection' },
  '2.3.1-1': { says: 'SUBSCRIBE, UNSUBSCRIBE and PUBLISH above QoS 0 carry a packet id that is not 0' },
  '2.3.1-2': { says: 'A client takes an unused packet id for each new packet', notCovered: client },
  '2.3.1-3': { says: 'A client sends a packet again under the same packet id', notCovered: client },
  '2.3.1-4': {
    says: 'A server too takes unused packet ids for its PUBLISH and keeps them when it sends again',
  },
  '2.3.1-5': { says: 'A PUBLISH of QoS 0 has no packet id' },
  '2.3.1-6': { says: 'PUBACK, PUBREC and PUBREL carry the packet id of their PUBLISH' },
  '2.3.1-7': { says: 'SUBACK and UNSUBACK carry the packet id of what they answer' },
};

const connect: Statements = {
  '3.1.0-1': { says: 'The first packet of a client is CONNECT' },
  '3.1.0-2': { says: 'A second CONNECT is a violation and ends the connection' },
  '3.1.2-1': { says: 'A CONNECT with another protocol name is not processed as MQTT 3.1.1' },
  '3.1.2-2': { says: 'A protocol level that is not supported is answered with return code 1, then closed' },
  '3.1.2-3': { says: 'The reserved connect flag is checked to be 0; otherwise the client is disconnected' },
  '3.1.2-4': {
    says: 'Clean Session 0 resumes the session of the client id, or creates one; it is stored afterwards',
  },
  '3.1.2-5': { says: 'QoS 1 and 2 messages for the subscriptions of an absent session are stored for it' },
  '3.1.2-6': {
    says: 'Clean Session 1 discards the old session; the new one lasts as long as the connection',
  },
  '3.1.2-7': { says: 'Retained messages do not go when a session ends' },
  '3.1.2-8': {
    says: 'The will is stored and published when the connection ends, unless DISCONNECT deleted it',
  },
  '3.1.2-9': {
    says: 'With the will flag, will topic and will message stand in the payload and QoS and retain are used',
  },
  '3.1.2-10': { says: 'The will is removed once it was published or DISCONNECT came' },
  '3.1.2-11': { says: 'Without the will flag, will QoS and will retain are 0 and the payload has no will' },
  '3.1.2-12': { says: 'Without the will flag, no will is published' },
  '3.1.2-13': { says: 'Without the will flag, the will QoS is 0' },
  '3.1.2-14': { says: 'The will QoS is 0, 1 or 2, never 3' },
  '3.1.2-15': { says: 'Without the will flag, will retain is 0' },
  '3.1.2-16': { says: 'Will retain 0: the will is published as a message that is not retained' },
  '3.1.2-17': { says: 'Will retain 1: the will is published as a retained message' },
  '3.1.2-18': { says: 'User name flag 0: no user name in the payload' },
  '3.1.2-19': { says: 'User name flag 1: a user name in the payload' },
  '3.1.2-20': { says: 'Password flag 0: no password in the payload' },
  '3.1.2-21': { says: 'Password flag 1: a password in the payload' },
  '3.1.2-22': { says: 'No password without a user name' },
  '3.1.2-23': {
    says: 'A client with nothing to say sends PINGREQ within its keep-alive',
    notCovered: client,
  },
  '3.1.2-24': {
    says: 'Nothing heard for one and a half keep-alives: the server disconnects as if the network had failed',
  },
  '3.1.3-1': {
    says: 'The payload of CONNECT: client id, will topic, will message, user name, password, in this order',
  },
  '3.1.3-2': { says: 'The client id identifies the state of a session' },
  '3.1.3-3': { says: 'The client id is there, as the first field of the payload' },
  '3.1.3-4': { says: 'The client id is a UTF-8 string' },
  '3.1.3-5': { says: 'Client ids of 1 to 23 bytes of digits and Latin letters are allowed' },
  '3.1.3-6': {
    says: 'A client with an empty client id is given a unique one and processed as if it had brought it',
  },
  '3.1.3-7': { says: 'An empty client id comes with Clean Session 1' },
  '3.1.3-8': { says: 'An empty client id with Clean Session 0 is answered with return code 2, then closed' },
  '3.1.3-9': { says: 'A client id that is not accepted is answered with return code 2, then closed' },
  '3.1.3-10': { says: 'The will topic is a UTF-8 string' },
  '3.1.3-11': { says: 'The user name is a UTF-8 string' },
  '3.1.4-1': { says: 'A CONNECT that does not conform closes the connection without a CONNACK' },
  '3.1.4-2': { says: 'A client id that is connected already: the older connection is ended' },
  '3.1.4-3': { says: 'A valid CONNECT: Clean Session is processed' },
  '3.1.4-4': { says: 'A valid CONNECT is acknowledged with return code 0' },
  '3.1.4-5': { says: 'Behind a rejected CONNECT nothing is processed' },
};

const connack: Statements = {
  '3.2.0-1': { says: 'The first packet of the server is CONNACK' },
  '3.2.2-1': { says: 'Clean Session 1: session present 0 with return code 0' },
  '3.2.2-2': { says: 'Clean Session 0 and a stored session: session present 1' },
  '3.2.2-3': { says: 'Clean Session 0 and no stored session: session present 0' },
  '3.2.2-4': { says: 'Return code other than 0: session present 0' },
  '3.2.2-5': { says: 'Return code other than 0: the connection is closed' },
  '3.2.2-6': { says: 'Where no return code applies, the connection is closed without a CONNACK' },
};

const publish: Statements = {
  '3.3.1-1': { says: 'DUP is 1 when a PUBLISH is sent again' },
  '3.3.1-2': { says: 'DUP is 0 at QoS 0' },
  '3.3.1-3': { says: 'DUP of an outgoing PUBLISH says only whether that one is sent again' },
  '3.3.1-4': { says: 'QoS 3 closes the connection' },
  '3.3.1-5': { says: 'RETAIN 1: message and QoS are stored for future subscribers' },
  '3.3.1-6': { says: 'A new subscription is sent the last retained message of each matching topic' },
  '3.3.1-7': { says: 'RETAIN 1 at QoS 0 discards what was retained for the topic' },
  '3.3.1-8': { says: 'RETAIN is 1 in what is sent because of a new subscription' },
  '3.3.1-9': { says: 'RETAIN is 0 in what is sent for an established subscription' },
  '3.3.1-10': {
    says: 'RETAIN 1 with an empty payload is delivered as usual and removes the retained message',
  },
  '3.3.1-11': { says: 'An empty retained message is not stored' },
  '3.3.1-12': { says: 'RETAIN 0 neither stores nor replaces nor removes a retained message' },
  '3.3.2-1': { says: 'The topic name is the first field of PUBLISH, in UTF-8' },
  '3.3.2-2': { says: 'The topic name of PUBLISH has no wildcards' },
  '3.3.2-3': { says: 'The topic name the server sends matches the subscription' },
  '3.3.4-1': { says: 'PUBLISH is answered by its QoS: nothing, PUBACK, PUBREC' },
  '3.3.5-1': { says: 'Overlapping subscriptions: delivered at the highest QoS of those that match' },
  '3.3.5-2': {
    says: 'A PUBLISH that is not authorised is acknowledged as usual, or the connection closed',
  },
  '3.6.1-1': { says: 'Flag bits of PUBREL are 0010; any other value closes the connection' },
};

const subscribe: Statements = {
  '3.8.1-1': { says: 'Flag bits of SUBSCRIBE are 0010; any other value closes the connection' },
  '3.8.3-1': { says: 'Filters of SUBSCRIBE are UTF-8 strings' },
  '3.8.3-2': { says: 'A server without wildcard support rejects filters with wildcards' },
  '3.8.3-3': { says: 'A SUBSCRIBE without a filter is a violation' },
  '3.8.3-4': { says: 'Reserved bits behind a filter, or QoS 3, close the connection' },
  '3.8.4-1': { says: 'SUBSCRIBE is answered with SUBACK' },
  '3.8.4-2': { says: 'SUBACK carries the packet id of its SUBSCRIBE' },
  '3.8.4-3': {
    says: 'The same filter again replaces the subscription, retained messages are sent again, nothing is lost',
  },
  '3.8.4-4': { says: 'Many filters in one SUBSCRIBE are many SUBSCRIBEs with one SUBACK' },
  '3.8.4-5': { says: 'SUBACK has for each filter the QoS granted, or failure' },
  '3.8.4-6': { says: 'Delivery is at the lower of the QoS published and the QoS granted' },
  '3.9.3-1': { says: 'Return codes of SUBACK stand in the order of the filters' },
  '3.9.3-2': { says: 'Return codes of SUBACK are 0, 1, 2 and 0x80, no other' },
  '3.10.1-1': { says: 'Flag bits of UNSUBSCRIBE are 0010; any other value closes the connection' },
  '3.10.3-1': { says: 'Filters of UNSUBSCRIBE are UTF-8 strings, one behind the other' },
  '3.10.3-2': { says: 'An UNSUBSCRIBE without a filter is a violation' },
  '3.10.4-1': { says: 'Filters are compared character by character; only an equal one is deleted' },
  '3.10.4-2': { says: 'After UNSUBSCRIBE nothing new is added for delivery' },
  '3.10.4-3': { says: 'Deliveries of QoS 1 and 2 that were begun are completed after UNSUBSCRIBE' },
  '3.10.4-4': { says: 'UNSUBSCRIBE is answered with UNSUBACK of the same packet id' },
  '3.10.4-5': { says: 'UNSUBACK comes also where nothing was deleted' },
  '3.10.4-6': { says: 'Many filters in one UNSUBSCRIBE are many UNSUBSCRIBEs with one UNSUBACK' },
};

const pingAndDisconnect: Statements = {
  '3.12.4-1': { says: 'PINGREQ is answered with PINGRESP' },
  '3.14.1-1': { says: 'Reserved bits of DISCONNECT are checked; otherwise the client is disconnected' },
  '3.14.4-1': { says: 'A client closes the connection after DISCONNECT', notCovered: client },
  '3.14.4-2': { says: 'A client sends nothing after DISCONNECT', notCovered: client },
  '3.14.4-3': { says: 'DISCONNECT discards the will of the connection, unpublished' },
};

const behaviour: Statements = {
  '4.1.0-1': { says: 'Session state is stored for as long as the session lasts' },
  '4.1.0-2': { says: 'A session lasts at least as long as its connection' },
  '4.3.1-1': { says: 'QoS 0: sent once, with QoS 0 and DUP 0' },
  '4.3.2-1': { says: 'QoS 1, sender: an unused packet id, DUP 0 at first, unacknowledged until PUBACK' },
  '4.3.2-2': {
    says: 'QoS 1, receiver: PUBACK with the packet id; after it the same packet id is a new message',
  },
  '4.3.3-1': {
    says: 'QoS 2, sender: PUBLISH until PUBREC, then PUBREL until PUBCOMP, never the PUBLISH again',
  },
  '4.3.3-2': { says: 'QoS 2, receiver: PUBREC, no duplicate onward until PUBREL, then PUBCOMP' },
  '4.4.0-1': { says: 'On return to a session, what is unacknowledged is sent again under its packet ids' },
  '4.5.0-1': { says: 'A message is added to the session of every client with a matching subscription' },
  '4.5.0-2': { says: 'A client acknowledges every PUBLISH by its QoS', notCovered: client },
  '4.6.0-1': { says: 'PUBLISH packets sent again keep their order' },
  '4.6.0-2': { says: 'PUBACKs stand in the order of their PUBLISH packets' },
  '4.6.0-3': { says: 'PUBRECs stand in the order of their PUBLISH packets' },
  '4.6.0-4': { says: 'PUBRELs stand in the order of the PUBRECs' },
  '4.6.0-5': { says: 'By default every topic is ordered' },
  '4.6.0-6': {
    says: 'Messages of one client, topic and QoS reach each subscriber in the order they were published',
  },
  '4.7.1-1': { says: 'Wildcards stand in filters, not in topic names' },
  '4.7.1-2': { says: '`#` stands alone or behind a separator, and last' },
  '4.7.1-3': { says: '`+` takes a whole level, any level' },
  '4.7.2-1': { says: 'A filter that begins with a wildcard matches no topic that begins with `$`' },
  '4.7.3-1': { says: 'Topic names and filters have at least one character' },
  '4.7.3-2': { says: 'Topic names and filters have no U+0000' },
  '4.7.3-3': {
    says: 'Topic names and filters are UTF-8 strings of at most 65,535 bytes',
  },
  '4.7.3-4': { says: 'Matching compares characters as they are, without normalisation' },
  '4.8.0-1': { says: 'A protocol violation closes the connection it came on' },
  '4.8.0-2': { says: 'A transient error while processing a packet closes the connection it came on' },
};

const webSocketAndTargets: Statements = {
  '6.0.0-1': { says: 'MQTT over WebSocket is binary frames; any other data frame closes the connection' },
  '6.0.0-2': { says: 'Frames and packets need not be aligned' },
  '6.0.0-3': { says: 'A client offers the subprotocol `mqtt`', notCovered: client },
  '6.0.0-4': { says: 'The subprotocol the server answers with is `mqtt`' },
  '7.0.0-1': {
    says: 'A server that connects to other servers conforms as a client too',
    notCovered: 'the gateway makes no MQTT connections',
  },
  '7.0.0-2': { says: 'No extension is required to work with others' },
  '7.1.1-1': { says: 'A server offers an ordered, lossless byte stream in both directions' },
  '7.1.2-1': {
    says: 'A client uses an ordered, lossless byte stream in both directions',
    notCovered: client,
  },
};

/** Every statement of MQTT 3.1.1 (OASIS Standard, 29 October 2014), appendix B. */
export const statements: Statements = {
  ...representation,
  ...packetFormat,
  ...connect,
  ...connack,
  ...publish,
  ...subscribe,
  ...pingAndDisconnect,
  ...behaviour,
  ...webSocketAndTargets,
};
