/** Why reading is stopped; several may hold at once. */
export const PauseCause = {
  ADMITTING: 1,
  WINDOW: 2,
  SATURATED: 4,
  STOPPING: 8,
  SUBSCRIBING: 16,
  THROTTLED: 32,
  OVERLOAD: 64,
} as const;
export type PauseCause = (typeof PauseCause)[keyof typeof PauseCause];
