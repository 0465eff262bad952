import type { SubscriptionOptions } from './routes.ts';

/** Options of a subscription as Redis keeps them. */
export function optionsToJson(options: SubscriptionOptions): string {
  const { qos, noLocal, retainAsPublished, retainHandling, identifier } = options;
  return JSON.stringify({
    qos,
    ...(noLocal ? { nl: true } : {}),
    ...(retainAsPublished ? { rap: true } : {}),
    ...(retainHandling === 0 ? {} : { rh: retainHandling }),
    ...(identifier === undefined ? {} : { identifier }),
  });
}

/** The same read back; what is missing or of another kind is as if it had not been asked for. */
export function optionsFromJson(json: string): SubscriptionOptions {
  const read = JSON.parse(json) as Record<string, unknown>;
  const { qos, rh, identifier } = read;
  return {
    qos: qos === 1 || qos === 2 ? qos : 0,
    noLocal: read['nl'] === true,
    retainAsPublished: read['rap'] === true,
    retainHandling: rh === 1 || rh === 2 ? rh : 0,
    identifier: typeof identifier === 'number' ? identifier : undefined,
  };
}
