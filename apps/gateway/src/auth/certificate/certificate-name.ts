import type { CertificateFacts } from '../../certificate-facts.ts';
import type { CertificateName } from '../../config/auth-words.ts';

const kinds = { dns: 'DNS:', uri: 'URI:', email: 'email:' } as const;

/**
 * The name of that kind; of several alternative names the first. Undefined when it has none.
 */
export function nameIn(certificate: CertificateFacts, which: CertificateName): string | undefined {
  switch (which) {
    case 'commonName':
    case 'fingerprint':
    case 'spki':
      return certificate[which] === '' ? undefined : certificate[which];
    default:
      return alternativeName(certificate.alternativeNames, kinds[which]);
  }
}

function alternativeName(names: readonly string[], kind: string): string | undefined {
  const name = names.find((each) => each.startsWith(kind))?.slice(kind.length);
  return name === '' ? undefined : name;
}
