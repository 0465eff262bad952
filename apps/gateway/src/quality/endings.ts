import { adviceOf, type CloseReason } from '@tributary/protocol';

/** Ends that say something about the device or its software: it broke a rule of the protocol, or a limit. */
const faults: ReadonlySet<CloseReason> = new Set<CloseReason>([
  'device-error',
  'malformed',
  'protocol-error',
  'topic-filter-invalid',
  'topic-name-invalid',
  'receive-maximum-exceeded',
  'topic-alias-invalid',
  'payload-format-invalid',
  'retain-not-supported',
  'qos-not-supported',
  'too-large',
  'unsupported-data',
  'not-authorized',
  'quota-exceeded',
  'rate-exceeded',
]);

/** Ends by the gateway that the device's link has a part in. */
const linkFailures: ReadonlySet<CloseReason> = new Set<CloseReason>(['slow-consumer', 'superseded']);

/**
 * What an end says of the link: `fault` of the device, `unplanned`, so that its return is a flap, or `planned`. A node
 * that stops, an operator, a store that fails are none of its doing; a sleepy device that says goodbye goes to sleep.
 */
export function endingOf(reason: CloseReason, isSleepy: boolean): 'planned' | 'unplanned' | 'fault' {
  if (faults.has(reason)) return 'fault';
  if (isSleepy && (reason === 'normal' || reason === 'normal-with-will')) return 'planned';
  return adviceOf(reason).by !== 'gateway' || linkFailures.has(reason) ? 'unplanned' : 'planned';
}
