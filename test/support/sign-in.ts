/** First password of admins that tests start: pass it as `TRIBUTARY_ADMIN_FIRST_PASSWORD`. */
export const testPassword = 'a password for tests';

/** What a browser that is signed in sends. */
export interface SignedInHeaders {
  readonly 'cookie': string;
  readonly 'x-tributary-csrf': '1';
}

/**
 * Signs in at an admin.
 * @param address `http://127.0.0.1:18083`
 * @throws Error with the problem it answered
 */
export async function signIn(
  address: string,
  { name = 'admin', password = testPassword } = {},
): Promise<SignedInHeaders> {
  const response = await fetch(`${address}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tributary-csrf': '1' },
    body: JSON.stringify({ name, password }),
  });
  if (response.status !== 200) throw new Error(`not signed in: ${await response.text()}`);
  const cookie = response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
  return { cookie, 'x-tributary-csrf': '1' };
}

/** The cookie as playwright's `context.addCookies` takes it. */
export function browserCookie(
  address: string,
  { cookie }: SignedInHeaders,
): { name: string; value: string; url: string; httpOnly: true; sameSite: 'Strict' } {
  const [name = '', value = ''] = cookie.split('=', 2);
  return { name, value, url: address, httpOnly: true, sameSite: 'Strict' };
}
