import { UsageError } from '../usage-error.ts';

/** What the options of `init` say. */
export interface InitWishes {
  readonly profile?: string | undefined;
  /** Folder with `tls.crt` and `tls.key`, and for device certificates `ca.crt`. */
  readonly tls?: string | undefined;
  /** `anonymous`, `users:FILE`, `devices` or `certificate`. */
  readonly auth?: string | undefined;
  readonly redis?: string | undefined;
  readonly node?: string | undefined;
}

type Tree = Record<string, unknown>;

/** The values a new configuration sets; all else has its default. @throws UsageError */
export function initValues({ profile, tls, auth = 'anonymous', redis, node }: InitWishes): Tree {
  if (auth === 'certificate' && tls === undefined)
    throw new UsageError('--auth certificate needs --tls FOLDER, with ca.crt in it');
  return {
    ...(profile === undefined ? {} : { profile }),
    ...(node === undefined ? {} : { node: { id: node } }),
    ...(redis === undefined ? {} : { redis: { url: redisUrl(redis) } }),
    listeners: listeners(auth, tls),
    auth: auth === 'anonymous' ? { anonymous: true } : { chain: [authenticator(auth)] },
  };
}

function authenticator(auth: string): Tree {
  if (auth === 'devices' || auth === 'certificate') return { type: auth };
  const file = /^users:(.+)$/.exec(auth)?.[1];
  if (file === undefined)
    throw new UsageError(`--auth must be anonymous, users:FILE, devices or certificate, not ${auth}`);
  return { type: 'users', file };
}

/** Whom nobody vouches for comes in from this host only. */
function listeners(auth: string, folder: string | undefined): Tree[] {
  const host = auth === 'anonymous' ? '127.0.0.1' : '0.0.0.0';
  if (folder === undefined) {
    return [
      { name: 'mqtt', protocol: 'mqtt', host, port: 1883 },
      { name: 'ws', protocol: 'ws', host, port: 8083 },
    ];
  }
  const own = { certFile: `${folder}/tls.crt`, keyFile: `${folder}/tls.key` };
  const tls = auth === 'certificate' ? { ...own, caFile: `${folder}/ca.crt` } : own;
  return [
    { name: 'mqtts', protocol: 'mqtts', host, port: 8883, tls },
    { name: 'wss', protocol: 'wss', host, port: 8084, tls },
  ];
}

/** A password belongs into the environment, where no file shows it. */
function redisUrl(text: string): string {
  const isOk = URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol);
  if (!isOk) throw new UsageError('--redis must be a redis:// or rediss:// URL');
  if (new URL(text).password !== '')
    throw new UsageError(
      '--redis has a password in it; leave it out and set TRIBUTARY_REDIS_URL where the node runs',
    );
  return text;
}
