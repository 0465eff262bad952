import { z } from 'zod';

/** How links are measured. The window of five seconds and the formula are the same for every fleet. */
export const qualitySchema = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Measure links at all. Off: every device is `unknown`; the rest of the dashboard goes on.'),
  kernel: z
    .boolean()
    .default(true)
    .describe('Ask the kernel (Linux: TCP_INFO) for round trip and loss of each connection.'),
  pingIntervalMs: z
    .int()
    .min(5000)
    .max(3_600_000)
    .default(10_000)
    .describe(
      'Between two pings of a WebSocket connection behind a proxy, ms; elsewhere twice that, as the kernel measures too.',
    )
    .meta({ live: 'new connections' }),
  pingMqtt: z
    .boolean()
    .default(false)
    .describe(
      'Ping MQTT devices over WebSocket as well, not only plain ones. Off, because the Paho client for Python answers with an unmasked frame, which ends its connection (RFC 6455, 5.1).',
    )
    .meta({ live: 'new connections' }),
  noTrafficKeepAlives: z
    .int()
    .min(0)
    .max(10_000)
    .default(10)
    .describe(
      'A device that has sent messages is called silent after so many keep-alives without one, if that is far longer than ever before. 0: never.',
    )
    .meta({ live: 'new connections' }),
  historyLength: z
    .int()
    .min(10)
    .max(10_000)
    .default(64)
    .describe('Lines the timeline of a device keeps in Redis. 64 are some 17 KB, one is 0.4 KB.'),
});
