import { z } from 'zod';

/** How a running node takes over changes of its configuration. */
export const reloadSchema = z
  .strictObject({
    watch: z
      .boolean()
      .default(true)
      .describe(
        'Apply changes of the file as they come, within 2 s. Off: only SIGHUP has it read again. On, as a change that waits for somebody is forgotten.',
      ),
    rollbackSeconds: z
      .int()
      .min(0)
      .max(3600)
      .default(30)
      .describe(
        'A node that loses its readiness so soon after a change returns to the last good configuration, s; 0: never. What a change breaks shows within seconds.',
      ),
    drainSeconds: z
      .int()
      .min(0)
      .max(86_400)
      .default(300)
      .describe(
        'How long the connections of a removed listener stay before they are closed, s. Long enough for devices that are told of another door.',
      ),
  })
  .meta({ live: true });
