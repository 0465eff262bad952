import type { NodeView } from '@tributary/protocol/admin-api';

type Listener = NodeView['listeners'][number];

/** `location.hostname` of an IPv6 address has brackets. */
const bare = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');

const anyAddress = new Set(['0.0.0.0', '::', '']);

/** Commands that bring up a first device, for the listeners there are; the usual ports while none is known. */
export function firstDeviceCommands(
  nodes: readonly NodeView[],
  pageHost: string,
): { label: string; text: string }[] {
  const listeners = nodes.flatMap((node) => node.listeners);
  const find = (protocol: string): Listener | undefined =>
    listeners.find((each) => each.protocol === protocol);
  const hostOf = (listener: Listener | undefined): string =>
    listener === undefined || anyAddress.has(listener.address) ? bare(pageHost) : listener.address;
  const mqtt = find('mqtt');
  const ws = find('ws');
  const wsHost = hostOf(ws).includes(':') ? `[${hostOf(ws)}]` : hostOf(ws);
  return [
    {
      label: 'MQTT, with mosquitto_pub',
      text: `mosquitto_pub -h ${hostOf(mqtt)} -p ${mqtt?.port ?? 1883} -i first-device -q 1 -t devices/first-device/hello -m hello`,
    },
    {
      label: 'WebSocket, with Node.js',
      text:
        `node --experimental-websocket -e "const s = new WebSocket('ws://${wsHost}:${ws?.port ?? 8083}/ws', 'tributary.v1'), ` +
        `say = (m) => s.send(JSON.stringify(m)); s.onopen = () => { say({ type: 'hello', clientId: 'second-device' }); ` +
        `setInterval(() => say({ type: 'publish', topic: 'devices/second-device/hello', payload: 'hello' }), 1000) }; ` +
        `s.onmessage = (e) => console.log(e.data)"`,
    },
  ];
}
