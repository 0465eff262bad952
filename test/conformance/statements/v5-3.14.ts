import type { Statements } from './statement.ts';

const plainAuth = 'the server puts neither reason string nor user property into AUTH';

/** Sections 3.14 and 3.15: DISCONNECT, AUTH. */
export const disconnectAndAuth: Statements = {
  '3.14.0-1': { says: 'A server sends DISCONNECT only after a CONNACK that accepted the client.' },
  '3.14.1-1': {
    says: 'Reserved flag bits of DISCONNECT are checked; set ones are answered by DISCONNECT 0x81.',
  },
  '3.14.2-1': { says: 'A DISCONNECT carries one of the Reason Codes of DISCONNECT.' },
  '3.14.2-2': { says: 'A server sends no Session Expiry Interval in DISCONNECT.' },
  '3.14.2-3': { says: 'No Reason String makes a DISCONNECT larger than the receiver takes.' },
  '3.14.2-4': { says: 'No User Property makes a DISCONNECT larger than the receiver takes.' },
  '3.14.4-1': { says: 'Nothing follows a DISCONNECT.' },
  '3.14.4-2': { says: 'Who sent DISCONNECT closes the connection.' },
  '3.14.4-3': { says: 'DISCONNECT with Reason Code 0x00 discards the will.' },
  '3.15.1-1': { says: 'The flags of AUTH are 0; any other value is malformed and ends the connection.' },
  '3.15.2-1': { says: 'An AUTH carries one of the Reason Codes of AUTH.' },
  '3.15.2-2': {
    says: 'No Reason String makes an AUTH larger than the receiver takes.',
    notCovered: plainAuth,
  },
  '3.15.2-3': {
    says: 'No User Property makes an AUTH larger than the receiver takes.',
    notCovered: plainAuth,
  },
};
