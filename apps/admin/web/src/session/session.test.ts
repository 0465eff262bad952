import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { onNobody } from './session.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** How often it is asked who is signed in after the server said that nobody is. */
async function asksWith(session: object | null | undefined): Promise<number> {
  const client = new QueryClient();
  if (session !== undefined) client.setQueryData(['/session'], session);
  const asked = vi.spyOn(client, 'invalidateQueries');
  onNobody(client);
  await vi.advanceTimersByTimeAsync(5000);
  return asked.mock.calls.length;
}

test('the session is asked for again when there was one, and never for a page nobody has signed in at', async () => {
  expect(await asksWith({ name: 'ann' })).toBe(1);
  expect(await asksWith(null)).toBe(0);
  expect(await asksWith(undefined)).toBe(0);
});
