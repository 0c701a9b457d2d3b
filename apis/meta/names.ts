/** The forms that Kubernetes demands of names (`k8s.io/apimachinery/pkg/util/validation`). Each answers with what is wrong, or nothing. */

const DNS_1123_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DNS_1123_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const DNS_1035_LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const QUALIFIED_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

/** Names of namespaces and Services, parts of a domain. */
export function dns1123LabelFault(name: string): string | undefined {
  if (name.length > 63) return 'is longer than 63 characters';
  return DNS_1123_LABEL.test(name)
    ? undefined
    : 'must be lower-case letters, digits and "-", with a letter or digit at both ends';
}

/** Names of most objects. */
export function dns1123SubdomainFault(name: string): string | undefined {
  if (name.length > 253) return 'is longer than 253 characters';
  return DNS_1123_SUBDOMAIN.test(name)
    ? undefined
    : 'must be lower-case letters, digits, "-" and ".", with a letter or digit at both ends of each part';
}

/** API versions, kinds in lower case, plurals. */
export function dns1035LabelFault(name: string): string | undefined {
  if (name.length > 63) return 'is longer than 63 characters';
  return DNS_1035_LABEL.test(name)
    ? undefined
    : 'must be lower-case letters, digits and "-", with a letter first and a letter or digit last';
}

/** Keys of labels and annotations: `[prefix/]name`. */
export function qualifiedNameFault(key: string): string | undefined {
  const parts = key.split('/');
  const name = parts.at(-1) ?? '';
  const prefix = parts.length > 1 ? parts[0] : undefined;
  if (parts.length > 2) return 'has more than one "/"';
  if (prefix !== undefined && dns1123SubdomainFault(prefix) !== undefined) {
    return `has a prefix that ${dns1123SubdomainFault(prefix)}`;
  }
  if (name.length > 63) return 'has a name of more than 63 characters';
  return QUALIFIED_NAME.test(name)
    ? undefined
    : 'must be letters, digits, "-", "_" and ".", with a letter or digit at both ends';
}

export function labelValueFault(value: string): string | undefined {
  if (value === '') return undefined;
  if (value.length > 63) return 'is longer than 63 characters';
  return QUALIFIED_NAME.test(value)
    ? undefined
    : 'must be letters, digits, "-", "_" and ".", with a letter or digit at both ends';
}
