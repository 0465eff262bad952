import { reasons, type Statements } from './statement.ts';

const { client } = reasons;

const flagsAndPayload: Statements = {
  '3.1.0-1': { says: 'The first packet of a client is CONNECT' },
  '3.1.0-2': { says: 'A second CONNECT is a protocol error and closes the connection' },
  '3.1.2-1': {
    says: 'The protocol name is `MQTT`; otherwise CONNACK 0x84 may be sent and the connection is closed',
  },
  '3.1.2-2': {
    says: 'A version the server does not accept: CONNACK 0x84 may be sent, the connection is closed',
  },
  '3.1.2-3': { says: 'The reserved connect flag is checked to be 0' },
  '3.1.2-4': { says: 'Clean Start 1 discards the session and begins a new one' },
  '3.1.2-5': { says: 'Clean Start 0 resumes the session of the client id' },
  '3.1.2-6': { says: 'Clean Start 0 without a session creates one' },
  '3.1.2-7': { says: 'With the will flag, the will is stored with the session' },
  '3.1.2-8': {
    says: 'The will is published after the connection ended and its delay passed or the session ended',
  },
  '3.1.2-9': { says: 'With the will flag, will properties, topic and payload are in the payload' },
  '3.1.2-10': { says: 'The will is removed once it was published or DISCONNECT with 0x00 came' },
  '3.1.2-11': { says: 'Without the will flag, the will QoS is 0' },
  '3.1.2-12': { says: 'The will QoS is 0, 1 or 2' },
  '3.1.2-13': { says: 'Without the will flag, will retain is 0' },
  '3.1.2-14': { says: 'Will retain 0: the will is published as a message that is not retained' },
  '3.1.2-15': { says: 'Will retain 1: the will is published as a retained message' },
  '3.1.2-16': { says: 'User name flag 0: no user name in the payload' },
  '3.1.2-17': { says: 'User name flag 1: a user name in the payload' },
  '3.1.2-18': { says: 'Password flag 0: no password in the payload' },
  '3.1.2-19': { says: 'Password flag 1: a password in the payload' },
  '3.1.2-20': {
    says: 'A client with nothing to say sends PINGREQ within its keep-alive',
    notCovered: client,
  },
  '3.1.2-21': { says: 'A client uses the Server Keep Alive it is told', notCovered: client },
  '3.1.2-22': { says: 'Nothing heard for one and a half keep-alives: the connection is closed' },
  '3.1.2-23': { says: 'With a session expiry above 0 the session is stored after the connection ended' },
  '3.1.2-24': { says: 'Nothing above the client’s Maximum Packet Size is sent to it' },
  '3.1.2-25': { says: 'A message too large for the client is discarded and counts as sent' },
  '3.1.2-26': { says: 'No topic alias above the client’s Topic Alias Maximum is sent to it' },
  '3.1.2-27': { says: 'Topic Alias Maximum 0 or absent: no topic alias is sent' },
  '3.1.2-28': { says: 'Request Response Information 0: no Response Information is returned' },
  '3.1.2-29': {
    says: 'Request Problem Information 0: reason strings and user properties only on PUBLISH, CONNACK, DISCONNECT',
  },
  '3.1.2-30': {
    says: 'A client that asks for an authentication method sends only AUTH or DISCONNECT before CONNACK',
    notCovered: client,
  },
  '3.1.3-1': {
    says: 'The payload: client id, will properties, topic and payload, user name, password, in this order',
  },
  '3.1.3-2': { says: 'The client id identifies the state of a session' },
  '3.1.3-3': { says: 'The client id is there, as the first field of the payload' },
  '3.1.3-4': { says: 'The client id is a UTF-8 string' },
  '3.1.3-5': { says: 'Client ids of 1 to 23 bytes of digits and Latin letters are allowed' },
  '3.1.3-6': { says: 'An empty client id is replaced by a unique one' },
  '3.1.3-7': {
    says: 'The assigned client id is used as if the client had brought it, and returned in CONNACK',
  },
  '3.1.3-8': { says: 'A client id that is refused: CONNACK 0x85 may be sent, the connection is closed' },
  '3.1.3-9': { says: 'Back within the will delay: the will is not sent' },
  '3.1.3-10': { says: 'User properties of the will keep their order' },
  '3.1.3-11': { says: 'The will topic is a UTF-8 string' },
  '3.1.3-12': { says: 'The user name is a UTF-8 string' },
  '3.1.4-1': { says: 'A CONNECT that does not match the format closes the connection' },
  '3.1.4-2': { says: 'A CONNECT that fails a further check closes the connection' },
  '3.1.4-3': {
    says: 'A client id that is connected already: DISCONNECT 0x8E to the older connection, which is closed',
  },
  '3.1.4-4': { says: 'Clean Start is processed' },
  '3.1.4-5': { says: 'A CONNECT that is accepted is answered with CONNACK 0x00' },
  '3.1.4-6': { says: 'Behind a rejected CONNECT nothing but AUTH is processed' },
};

const connack: Statements = {
  '3.2.0-1': { says: 'CONNACK 0x00 comes before any other packet but AUTH' },
  '3.2.0-2': { says: 'One CONNACK for a connection' },
  '3.2.2-1': { says: 'The reserved bits of the acknowledge flags are 0' },
  '3.2.2-2': { says: 'Clean Start 1: session present 0' },
  '3.2.2-3': { says: 'Clean Start 0: session present says whether there was a session' },
  '3.2.2-4': { says: 'A client without state closes when session present is 1', notCovered: client },
  '3.2.2-5': { says: 'A client with state discards it when session present is 0', notCovered: client },
  '3.2.2-6': { says: 'Reason code other than 0: session present 0' },
  '3.2.2-7': { says: 'Reason code 0x80 and above: the connection is closed' },
  '3.2.2-8': { says: 'Reason codes of CONNACK are those of the table' },
  '3.2.2-9': { says: 'A server without QoS 1 or 2 says so by Maximum QoS' },
  '3.2.2-10': { says: 'A server without QoS 1 or 2 still accepts SUBSCRIBE of any QoS' },
  '3.2.2-11': { says: 'A client publishes nothing above Maximum QoS', notCovered: client },
  '3.2.2-12': { says: 'A will QoS above Maximum QoS: the connection is rejected' },
  '3.2.2-13': {
    says: 'A retained will where retained messages are not available: the connection is rejected',
  },
  '3.2.2-14': { says: 'A client that was told Retain Available 0 sends no RETAIN', notCovered: client },
  '3.2.2-15': { says: 'A client sends nothing above the server’s Maximum Packet Size', notCovered: client },
  '3.2.2-16': {
    says: 'An empty client id is answered with an Assigned Client Identifier no other session has',
  },
  '3.2.2-17': { says: 'A client sends no topic alias above the server’s maximum', notCovered: client },
  '3.2.2-18': { says: 'A client sends no topic alias when the server names no maximum', notCovered: client },
  '3.2.2-19': { says: 'No Reason String that would make CONNACK larger than the client’s maximum' },
  '3.2.2-20': { says: 'No User Property that would make CONNACK larger than the client’s maximum' },
  '3.2.2-21': { says: 'A client uses the Server Keep Alive it is told', notCovered: client },
  '3.2.2-22': { says: 'Without a Server Keep Alive, the client’s keep-alive is in force' },
};

/** Sections 3.1 and 3.2: CONNECT, CONNACK. */
export const connectAndConnack: Statements = { ...flagsAndPayload, ...connack };
