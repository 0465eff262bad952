import { z } from 'zod';

/** Placeholder shape, grown by the admin API. */
export const nodeSchema = z.object({ node: z.string() });
