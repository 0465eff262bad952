// What to print and pass on about where the system listens.

/** An address one can connect to: a listener on every interface is reached on the loopback. */
export function reachable(address) {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  if (host === '0.0.0.0') return `127.0.0.1${address.slice(at)}`;
  if (host === '::') return `[::1]${address.slice(at)}`;
  return address;
}

/** The port that could not be had, from what a process printed when it failed to listen; or undefined. */
export function takenPort(output) {
  if (!output.includes('EADDRINUSE')) return undefined;
  const match =
    /address already in use [\w.:[\]-]*:(\d{1,5})/.exec(output) ?? /"port":\s*(\d{1,5})/.exec(output);
  return match === null ? undefined : Number(match[1]);
}

/** How to move to another port, for each of the two apps. */
export const portAdvice = {
  gateway:
    'Stop what listens there, or choose other ports in a copy of config/examples/minimal.yaml:\n' +
    '  TRIBUTARY_CONFIG=my.yaml npm start          (0 takes any free port)',
  admin:
    'Stop what listens there, or choose another port: TRIBUTARY_ADMIN_PORT=0 npm start   (0 takes any free port)',
};

/** The environment in which `npm run demo` and `npm run tail` find the running system. */
export function clientEnv(run) {
  const named = Object.entries(run.addresses);
  const pick = (kind) =>
    (named.find(([name]) => name === kind) ?? named.find(([name]) => name.startsWith(kind)))?.[1];
  const mqtt = pick('mqtt');
  const ws = pick('ws');
  return {
    TRIBUTARY_REDIS_URL: run.redisUrl,
    ...(mqtt === undefined ? {} : { TRIBUTARY_DEMO_MQTT: reachable(mqtt) }),
    ...(ws === undefined ? {} : { TRIBUTARY_DEMO_WS: reachable(ws) }),
  };
}

/** The lines a person sees when everything runs: `[what, where]`. */
export function addressBook({ addresses, dashboard, redisUrl }) {
  const lines = [['Dashboard', dashboard]];
  for (const [name, address] of Object.entries(addresses)) {
    const at = reachable(address);
    if (name === 'ops') lines.push(['Operations', `http://${at}/metrics   /healthz   /readyz`]);
    else if (name === 'mqtt') lines.push(['MQTT', `mqtt://${at}`]);
    else if (name === 'ws')
      lines.push(['WebSocket', `ws://${at}/mqtt   (MQTT)`], ['', `ws://${at}/ws     (plain JSON)`]);
    else lines.push([name, at]);
  }
  lines.push(['Redis', redisUrl.replace(/\/\/([^@/]*)@/, '//***@')]);
  return lines;
}
