import type { ServiceClass } from '@tributary/protocol';
import type { CertificateFacts } from '../../certificate-facts.ts';
import { matchesGlob } from '../glob.ts';
import type { Identity } from '../identity.ts';

/** Fields of a client certificate; `*` stands for any characters. */
export interface CertificateRule {
  readonly commonName?: string | undefined;
  /** Holds when one of its names does: `DNS:*.plant.example`. */
  readonly alternativeName?: string | undefined;
  readonly issuer?: string | undefined;
  readonly fingerprint?: string | undefined;
}

/** Gives a class to devices of which everything it names is so. Texts may hold `*` for any characters. */
export interface ClassRule {
  readonly clientId?: string | undefined;
  readonly user?: string | undefined;
  /** Name of a claim → its value; of a list, one of its values. */
  readonly claims?: Readonly<Record<string, string>> | undefined;
  readonly certificate?: CertificateRule | undefined;
  readonly listener?: string | undefined;
  readonly class: ServiceClass;
}

/** What is known of a device when its class is decided. */
export interface ClassFacts {
  readonly clientId: string;
  readonly listener: string;
  readonly identity: Identity;
}

export interface ClassRulesConfig {
  readonly rules: readonly ClassRule[];
  readonly listeners: readonly { readonly name: string; readonly class?: ServiceClass | undefined }[];
}

/** Whom nobody said anything about. */
export const defaultClass: ServiceClass = 'standard';

/**
 * The class a device connects with. Who says something about it first, decides: the rules in their order, the rules of
 * `devices`, the device's identity, its listener.
 */
export class ClassRules {
  readonly #rules: readonly ClassRule[];
  readonly #byListener: ReadonlyMap<string, ServiceClass | undefined>;
  readonly #deviceClassOf: (clientId: string) => ServiceClass | undefined;

  /** `deviceClassOf`: what the rules of `devices` say. */
  constructor(
    { rules, listeners }: ClassRulesConfig,
    deviceClassOf: (clientId: string) => ServiceClass | undefined,
  ) {
    this.#rules = rules;
    this.#byListener = new Map(listeners.map((listener) => [listener.name, listener.class]));
    this.#deviceClassOf = deviceClassOf;
  }

  classOf(facts: ClassFacts): ServiceClass {
    return (
      this.#rules.find((rule) => holds(rule, facts))?.class ??
      this.#deviceClassOf(facts.clientId) ??
      facts.identity.class ??
      this.#byListener.get(facts.listener) ??
      defaultClass
    );
  }
}

function holds(rule: ClassRule, { clientId, listener, identity }: ClassFacts): boolean {
  return (
    isLike(rule.clientId, clientId) &&
    isLike(rule.user, identity.user) &&
    isLike(rule.listener, listener) &&
    Object.entries(rule.claims ?? {}).every(([name, value]) => hasClaim(identity, name, value)) &&
    (rule.certificate === undefined || isCertificate(rule.certificate, identity.certificate))
  );
}

/** What a rule does not name is as it likes; what it names has to be there. */
const isLike = (pattern: string | undefined, text: string | undefined): boolean =>
  pattern === undefined || (text !== undefined && matchesGlob(pattern, text));

function hasClaim({ claims }: Identity, name: string, pattern: string): boolean {
  const claim: unknown = Object.hasOwn(claims, name) ? claims[name] : undefined;
  const values: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return values.some((value) => isPlain(value) && matchesGlob(pattern, String(value)));
}

const isPlain = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);

function isCertificate(rule: CertificateRule, shown: CertificateFacts | undefined): boolean {
  if (shown === undefined) return false;
  const names = shown.alternativeNames;
  return (
    isLike(rule.commonName, shown.commonName) &&
    isLike(rule.issuer, shown.issuer) &&
    isLike(rule.fingerprint, shown.fingerprint) &&
    (rule.alternativeName === undefined || names.some((name) => isLike(rule.alternativeName, name)))
  );
}
