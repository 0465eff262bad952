import { Acl } from '../admission/acl/acl.ts';
import type { GatewayConfig } from '../config/config.ts';
import type { Downlink } from '../downlink/downlink.ts';
import { AutomaticBans } from '../operations/bans/automatic-bans.ts';
import type { Operations } from '../operations/operations.ts';
import { AccessControl } from '../session/access-control.ts';
import type { Ground } from './ground.ts';

/** What each device may say and hear. */
export interface Access {
  readonly acl: Acl;
  readonly control: AccessControl;
}

export function buildAccess({ acl: config }: GatewayConfig, ground: Ground, downlink: Downlink): Access {
  const acl = new Acl(config);
  return { acl, control: new AccessControl({ ...ground, acl, subscriptions: downlink.subscriptions }) };
}

/** The bans this node makes by itself. */
export function buildAutomaticBans(
  { flapping }: GatewayConfig,
  ground: Ground,
  { bans }: Operations,
): AutomaticBans {
  const automatic = new AutomaticBans(flapping, { ...ground, bans, onThrottled: ground.throttling.note });
  ground.identity.onFailed.push((failure) => automatic.onAuthFailed(failure));
  return automatic;
}
