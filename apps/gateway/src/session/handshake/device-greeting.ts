import { adviceOf, type HelloFrame } from '@tributary/protocol';
import type { DeviceConnection } from '../../connection/device-connection.ts';
import { DeviceSession, type DeviceSessionServices } from '../device-session.ts';
import { askForProof, type ResumeServices, visitOfHello } from './coming-back.ts';
import type { Greeting } from './greeting.ts';

/** `hello` and `welcome` of plain WebSocket devices (docs/device-websocket.md). */
export function deviceGreeting(
  connection: DeviceConnection,
  frame: HelloFrame,
  services: DeviceSessionServices & ResumeServices,
): Greeting {
  const { resumeEpoch } = frame;
  const visit = visitOfHello(frame, connection, services);
  return {
    introduction: {
      clientId: frame.clientId ?? '',
      user: frame.user,
      password: frame.password,
      cleanStart: frame.cleanStart,
      keepAliveSeconds: frame.keepAlive,
      canBeToldKeepAlive: true,
      mayAssignId: true,
    },
    tags: Object.entries(frame.tags ?? {}),
    sessionExpiry: frame.expiry,
    will: () => undefined,
    willTopic: undefined,
    receiveMaximum: 0xffff,
    visit,

    authenticate: (clientId) =>
      resumeEpoch === undefined ? undefined : askForProof(connection, visit, clientId, resumeEpoch),

    refuse(reason) {
      connection.send({ type: 'error', code: reason, message: adviceOf(reason).says });
    },

    createSession: (start) => new DeviceSession(start, connection, services),

    welcome(start, admitted, claim, resumeUntil) {
      connection.send({
        type: 'welcome',
        version: 1,
        clientId: start.clientId,
        epoch: start.epoch,
        sessionPresent: claim.sessionPresent,
        keepAlive: admitted.keepAliveSeconds,
        window: start.window,
        maxFrameBytes: services.limits.maxPacketBytes,
        ...(resumeUntil === undefined ? {} : { resumeUntil }),
      });
    },
  };
}
