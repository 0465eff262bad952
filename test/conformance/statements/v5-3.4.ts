import type { Statements } from './statement.ts';

/** Why the size of properties in acknowledgements is no matter here. */
const plain = (packet: string): string =>
  `the server puts neither reason string nor user property into ${packet}`;

/** Sections 3.4 to 3.7: PUBACK, PUBREC, PUBREL, PUBCOMP. */
export const acknowledgements: Statements = {
  '3.4.2-1': { says: 'A PUBACK carries one of the Reason Codes of PUBACK.' },
  '3.4.2-2': { says: 'No Reason String makes a PUBACK larger than the receiver takes.' },
  '3.4.2-3': { says: 'No User Property makes a PUBACK larger than the receiver takes.' },
  '3.5.2-1': { says: 'A PUBREC carries one of the Reason Codes of PUBREC.' },
  '3.5.2-2': { says: 'No Reason String makes a PUBREC larger than the receiver takes.' },
  '3.5.2-3': { says: 'No User Property makes a PUBREC larger than the receiver takes.' },
  '3.6.1-1': { says: 'The flags of PUBREL are 0010; any other value is malformed and ends the connection.' },
  '3.6.2-1': { says: 'A PUBREL carries one of the Reason Codes of PUBREL.' },
  '3.6.2-2': {
    says: 'No Reason String makes a PUBREL larger than the receiver takes.',
    notCovered: plain('PUBREL'),
  },
  '3.6.2-3': {
    says: 'No User Property makes a PUBREL larger than the receiver takes.',
    notCovered: plain('PUBREL'),
  },
  '3.7.2-1': { says: 'A PUBCOMP carries one of the Reason Codes of PUBCOMP.' },
  '3.7.2-2': {
    says: 'No Reason String makes a PUBCOMP larger than the receiver takes.',
    notCovered: plain('PUBCOMP'),
  },
  '3.7.2-3': {
    says: 'No User Property makes a PUBCOMP larger than the receiver takes.',
    notCovered: plain('PUBCOMP'),
  },
};
