import type { Command } from './resp.ts';

/** What happens to one message command on its way to Redis. */
export type Fault =
  /** Answered with this error line (without CRLF); Redis never sees the command. */
  | { kind: 'error'; reply: string }
  /** The link breaks with this command and those behind it unanswered: all executed, none executed, or still on their
   * way and handed to Redis when the gateway's next link sends its first message. */
  | { kind: 'cut'; outcome: 'executed' | 'lost' | 'late' }
  /** Nothing is answered from here on, though the link stays open; `executed` tells whether Redis gets it. */
  | { kind: 'mute'; executed: boolean };

/** Says what happens to the message command at a position, counted from 0 since the plan was laid. */
export type Plan = (position: number, command: Command) => Fault | undefined;

const uplinkKey = /\{p\d+\}:up$/;

/** Whether a command writes an uplink entry: XADD to `{pN}:up`, or the QoS 2 script, which has that key too. */
export function isMessage({ name, args }: Command): boolean {
  if (name === 'XADD') return uplinkKey.test(String(args[1]));
  if (name !== 'EVALSHA' && name !== 'EVAL' && name !== 'FCALL') return false;
  const count = Number(args[2]);
  return args.slice(3, 3 + count).some((key) => uplinkKey.test(String(key)));
}

/** Whether a command removes the receive record of a QoS 2 message: a script over `online` and one session. */
export function isRelease({ name, args }: Command): boolean {
  return name === 'EVALSHA' && String(args[2]) === '2' && String(args[4]).includes(':session:');
}

/** Whether a command claims a device: the script over the seven keys of a claim. */
export function isClaim({ name, args }: Command): boolean {
  return (name === 'EVALSHA' || name === 'EVAL') && String(args[2]) === '7';
}
