import type { DeviceRules } from '../admission/device-rules.ts';
import type { GatewayConfig } from '../config/config.ts';
import { ClassNews, type ClassNewsOptions } from '../session/classes/class-news.ts';
import { Classes } from '../session/classes/classes.ts';

/** What the classes need of the ground. */
interface Parts extends Omit<ClassNewsOptions, 'historyLength'> {
  readonly devices: DeviceRules;
  readonly monotonic: () => number;
}

/** Who is of which service class, with others told of it. Nothing runs yet. */
export function buildClasses(config: GatewayConfig, parts: Parts): Classes {
  const classes = new Classes({
    config: config.classes,
    listeners: config.listeners,
    deviceClassOf: (clientId) => parts.devices.classOf(clientId),
    monotonic: parts.monotonic,
  });
  const news = new ClassNews({ ...parts, historyLength: config.quality.historyLength });
  classes.onChanged.push((session, _, cause) => news.changed(session, cause));
  classes.onTick = () => void news.tell();
  return classes;
}
