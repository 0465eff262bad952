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

/** The keys of a script's call, and how many values come behind them; undefined for another command. */
function callOf({ name, args }: Command): { keys: string[]; values: number } | undefined {
  if (name !== 'EVALSHA' && name !== 'EVAL') return undefined;
  const end = 3 + Number(args[2]);
  return { keys: args.slice(3, end).map(String), values: args.length - end };
}

/** Whether a command is a script over keys that end in these, in this order. */
const isScriptOver =
  (...ends: RegExp[]) =>
  (command: Command): boolean => {
    const keys = callOf(command)?.keys;
    return keys?.length === ends.length && ends.every((end, i) => end.test(keys[i] ?? ''));
  };

const online = /\{p\d+\}:online$/;
const session = /\{p\d+\}:session:/;
const queue = /\{p\d+\}:queue:/;
const routed = /\{p\d+\}:routed:/;
const uplink = /\{p\d+\}:up$/;

const isQos2Message = isScriptOver(online, session, uplink);
const isOwnerScript = isScriptOver(online, session);

/** Whether a command writes an uplink entry of a device: XADD to `{pN}:up`, or the QoS 2 script. */
export const isMessage = (command: Command): boolean =>
  command.name === 'XADD' ? uplink.test(String(command.args[1])) : isQos2Message(command);

/** Whether a command removes the receive record of a QoS 2 message. */
export const isRelease = (command: Command): boolean =>
  isOwnerScript(command) && callOf(command)?.values === 3;

/** Whether a command marks a QoS 2 message as handed on. */
export const isMarkRouted = (command: Command): boolean =>
  isOwnerScript(command) && callOf(command)?.values === 4;

/** Whether a command puts a message into a queue. */
export const isEnqueue = isScriptOver(online, session, queue, routed);

/** Whether a command carries out what a device acknowledged of its queue. */
export const isSettle = isScriptOver(online, session, queue);

/** Whether a command reads a queue. */
export const isQueueRead = isScriptOver(queue);

/** Whether a command claims a device: only that draws an epoch. */
export const isClaim = (command: Command): boolean =>
  callOf(command)?.keys.some((key) => key.endsWith(':epoch')) === true;
