import type { Credentials } from '../auth/authenticator.ts';

/** What a device shows, as MQTT hands it over. */
export function shown(
  differs: Partial<Omit<Credentials, 'password'>> & { password?: string | Buffer | undefined } = {},
): Credentials {
  const { password, ...rest } = differs;
  return {
    clientId: 'pump-1',
    isAssigned: false,
    user: undefined,
    certificate: undefined,
    address: '192.0.2.1',
    listener: 'mqtt',
    protocol: 'mqtt5',
    isEncrypted: false,
    ...rest,
    password: typeof password === 'string' ? Buffer.from(password) : password,
  };
}
