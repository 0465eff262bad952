import { UsageError } from '../usage-error.ts';

/** What the options of `init` say. */
export interface InitWishes {
  readonly profile?: string | undefined;
  /** Folder with `tls.crt` and `tls.key`. */
  readonly tls?: string | undefined;
  /** Users file, or `anonymous`. */
  readonly auth?: string | undefined;
  readonly redis?: string | undefined;
  readonly node?: string | undefined;
}

type Tree = Record<string, unknown>;

/** The values a new configuration sets; all else has its default. */
export function initValues({ profile, tls, auth, redis, node }: InitWishes): Tree {
  const isAnonymous = auth === undefined || auth === 'anonymous';
  return {
    ...(profile === undefined ? {} : { profile }),
    ...(node === undefined ? {} : { node: { id: node } }),
    ...(redis === undefined ? {} : { redis: { url: redisUrl(redis) } }),
    // Whom nobody vouches for comes in from this host only.
    listeners: listeners(isAnonymous ? '127.0.0.1' : '0.0.0.0', tls),
    auth: isAnonymous ? { anonymous: true } : { anonymous: false, chain: [{ type: 'users', file: auth }] },
  };
}

function listeners(host: string, folder: string | undefined): Tree[] {
  if (folder === undefined) {
    return [
      { name: 'mqtt', protocol: 'mqtt', host, port: 1883 },
      { name: 'ws', protocol: 'ws', host, port: 8083 },
    ];
  }
  const tls = { certFile: `${folder}/tls.crt`, keyFile: `${folder}/tls.key` };
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
