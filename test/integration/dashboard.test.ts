import { dashboardBounds, measureDashboard } from '@tributary/bench';
import { expect, test } from 'vitest';

// The figures for 100,000 devices are `npm run bench -- dashboard`; here a small fleet shows that all of it runs, and
// what does not depend on the machine.
test('an admin with a fleet that changes answers everything, and a tab gets no more than it has in sight', async () => {
  const devices = 4000;
  const figures = await measureDashboard({ devices, seconds: 4, rounds: 1 });
  expect(figures.search.answers).toBeGreaterThan(20);
  expect(figures.feedBytesPerSecond).toBeGreaterThan(100);
  expect(figures.feedBytesPerSecond).toBeLessThan(dashboardBounds.feedBytesPerSecond);
  // Code that is compiled meanwhile is in it, too, and weighs more than so few devices.
  expect(figures.heapBytes).toBeLessThan(dashboardBounds.heapBytesPer100k / 2);
  expect(figures.changesPerSecond).toBeGreaterThan(0);
});
