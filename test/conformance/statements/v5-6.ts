import { reasons, type Statements } from './statement.ts';

/** Chapter 6: MQTT over WebSocket. */
export const chapter6: Statements = {
  '6.0.0-1': { says: 'Packets travel in binary frames; a frame of another kind ends the connection.' },
  '6.0.0-2': { says: 'A frame may hold several packets, or a part of one.' },
  '6.0.0-3': { says: 'The client offers the subprotocol `mqtt`.', notCovered: reasons.client },
  '6.0.0-4': { says: 'The server selects the subprotocol `mqtt`.' },
};
