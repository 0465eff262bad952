/** Above so many the number of devices must be typed. */
const typeAbove = 100;

export const needsTypedCount = (count: number): boolean => count > typeAbove;

/** Whether the number was typed as it must be; separators of thousands do not matter. */
export const countIsTyped = (count: number, typed: string): boolean =>
  !needsTypedCount(count) || typed.replace(/[\s,.']/g, '') === String(count);
