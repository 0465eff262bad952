import type { Statements } from './statement.ts';

/** Chapters 1 and 2: data representation, packet format. */
export const chapters1And2: Statements = {
  '1.5.4-1': { says: 'Strings are well-formed UTF-8, without surrogates' },
  '1.5.4-2': { says: 'Strings hold no U+0000' },
  '1.5.4-3': { says: 'The bytes EF BB BF are the character U+FEFF and are kept wherever they stand' },
  '1.5.5-1': { says: 'A variable byte integer takes as few bytes as it needs' },
  '1.5.7-1': { says: 'Both strings of a pair follow the rules for strings' },
  '2.1.3-1': { says: 'Reserved flag bits have the values listed' },
  '2.2.1-2': { says: 'A PUBLISH of QoS 0 has no packet id' },
  '2.2.1-3': {
    says: 'A client takes an unused packet id, not 0, for SUBSCRIBE, UNSUBSCRIBE and PUBLISH above QoS 0',
  },
  '2.2.1-4': { says: 'A server takes an unused packet id, not 0, for each new PUBLISH above QoS 0' },
  '2.2.1-5': { says: 'PUBACK, PUBREC, PUBREL and PUBCOMP carry the packet id of their PUBLISH' },
  '2.2.1-6': { says: 'SUBACK and UNSUBACK carry the packet id of what they answer' },
  '2.2.2-1': { says: 'No properties are a property length of 0' },
};
