import type { CloseReason, Connect, HelloFrame } from '@tributary/protocol';
import type { Identity } from '../../admission/identity.ts';
import { keyIn, resumeMethodName } from '../../auth/resume/resume-method.ts';
import type { Resume } from '../../auth/resume/resume.ts';
import type { ResumeScene } from '../../auth/resume/resume-settings.ts';
import { ResumeVisit } from '../../auth/resume/resume-visit.ts';
import type { Connection } from '../../connection/connection.ts';
import type { DeviceConnection } from '../../connection/device-connection.ts';
import type { Attempt } from './attempt.ts';

/** What devices need that come back by a key; undefined where nobody can. */
export interface ResumeServices {
  readonly resume?: Resume | undefined;
}

/** Whether a device may come back by a key over this connection. */
export const mayComeBack = ({ resume }: ResumeServices, connection: Connection): boolean =>
  resume?.isOffered(sceneOf(connection)) ?? false;

/** A CONNECT that registers a key (user property `resume-key`) or comes back by one; undefined for all others. */
export function visitOfConnect(
  { fields }: Connect,
  connection: Connection,
  services: ResumeServices,
): ResumeVisit | undefined {
  const { authenticationMethod, userProperties } = fields.properties ?? {};
  const newKey = keyIn(userProperties?.['resume-key']);
  return visitOf(newKey, authenticationMethod === resumeMethodName, connection, services);
}

/** The same of a hello. */
export const visitOfHello = (
  { resumeKey, resumeEpoch }: HelloFrame,
  connection: Connection,
  services: ResumeServices,
): ResumeVisit | undefined => visitOf(resumeKey, resumeEpoch !== undefined, connection, services);

function visitOf(
  newKey: Buffer | undefined,
  isBack: boolean,
  connection: Connection,
  services: ResumeServices,
): ResumeVisit | undefined {
  if ((newKey === undefined && !isBack) || !mayComeBack(services, connection)) return undefined;
  return new ResumeVisit(services.resume!, sceneOf(connection), newKey);
}

/** `challenge` and `proof` of a plain device; answers who it is, or why not. */
export async function askForProof(
  connection: DeviceConnection,
  visit: ResumeVisit | undefined,
  clientId: string,
  epoch: number,
): Promise<Identity | CloseReason> {
  if (visit === undefined) return 'auth-method';
  const { nonce, publicKey } = visit.challenge();
  connection.send({ type: 'challenge', nonce: nonce.toString('base64'), key: publicKey.toString('base64') });
  const { proof } = await connection.readProof();
  return visit.judge(clientId, epoch, proof);
}

/** A step of the handshake: the device has its epoch, so that its key can be kept for the next time. It never refuses. */
export function keepKey(attempt: Attempt): Promise<undefined> | undefined {
  const { greeting, admitted, claim, identity } = attempt;
  if (greeting.visit === undefined) return undefined;
  return greeting.visit.keep(admitted!.clientId, claim!.epoch, identity).then((until) => {
    attempt.resumeUntil = until;
    return undefined;
  });
}

function sceneOf({ listener, transport }: Connection): ResumeScene {
  const { remoteAddress, isEncrypted, certificate } = transport;
  return { listener, remoteAddress, isEncrypted, spki: certificate?.spki };
}
