/** Something the fuzzer found, mended since: what it did, and the fewest packets that showed it. */
export interface Found {
  /** The sentence that holds now. */
  readonly name: string;
  /** As a replay file. */
  readonly replay: string;
}

/** Every fault that `npm run fuzz` found in the node. A new one leaves its reduced replay file here. */
export const found: readonly Found[] = [
  {
    name: 'a second CONNECT of an unknown version ends its connection with a code of DISCONNECT [MQTT-3.1.0-2]',
    replay: `
      case second CONNECT
      0 open tcp
      0 send: 10140004 "MQTT" 0502ffff05220000170100026631 ; CONNECT f1 clean
      0 greeted
      0 send: 1006000003230002 ; CONNECT of level 3
      0 await`,
  },
];
