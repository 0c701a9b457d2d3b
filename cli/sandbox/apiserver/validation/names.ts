/** Rules for names (`apimachinery/pkg/util/validation`): each answers with what is wrong, nothing when all is well. */

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const DNS1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const WILDCARD = `\\*\\.${SUBDOMAIN}`;
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const CONFIG_KEY = '[-._a-zA-Z0-9]+';
const PERCENT = '[0-9]+%';

const LABEL_RE = new RegExp(`^${LABEL}$`);
const SUBDOMAIN_RE = new RegExp(`^${SUBDOMAIN}$`);
const DNS1035_RE = new RegExp(`^${DNS1035}$`);
const WILDCARD_RE = new RegExp(`^${WILDCARD}$`);
const QUALIFIED_RE = new RegExp(`^${QUALIFIED}$`);
const LABEL_VALUE_RE = new RegExp(`^(${QUALIFIED})?$`);
const CONFIG_KEY_RE = new RegExp(`^${CONFIG_KEY}$`);
const PERCENT_RE = new RegExp(`^${PERCENT}$`);

export function isDns1123Label(value: string): string[] {
  const problems = tooLong(value, 63);
  if (LABEL_RE.test(value)) return problems;
  if (SUBDOMAIN_RE.test(value)) return [...problems, 'must not contain dots'];
  const rule =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
  return [...problems, explained(rule, LABEL, 'my-name', '123-abc')];
}

export function isDns1123Subdomain(value: string): string[] {
  const problems = tooLong(value, 253);
  if (SUBDOMAIN_RE.test(value)) return problems;
  const rule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
  return [...problems, explained(rule, SUBDOMAIN, 'example.com')];
}

export function isDns1035Label(value: string): string[] {
  const problems = tooLong(value, 63);
  if (DNS1035_RE.test(value)) return problems;
  const rule =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
  return [...problems, explained(rule, DNS1035, 'my-name', 'abc-123')];
}

export function isWildcardDns1123Subdomain(value: string): string[] {
  const problems = tooLong(value, 253);
  if (WILDCARD_RE.test(value)) return problems;
  const rule =
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";
  return [...problems, explained(rule, WILDCARD, '*.example.com')];
}

const QUALIFIED_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** A label's key, an annotation's, a finalizer: `name` or `prefix/name`. */
export function isQualifiedName(value: string): string[] {
  const parts = value.split('/');
  if (parts.length > 2) {
    const shape = explained(QUALIFIED_RULE, QUALIFIED, 'MyName', 'my.name', '123-abc');
    return [`a valid label key ${shape} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const problems: string[] = [];
  const [prefix, name] = parts.length === 2 ? [parts[0], parts[1] ?? ''] : [undefined, value];
  if (prefix === '') problems.push('prefix part must be non-empty');
  else if (prefix !== undefined) {
    problems.push(...isDns1123Subdomain(prefix).map((problem) => `prefix part ${problem}`));
  }
  if (name === '') problems.push('name part must be non-empty');
  else if (byteLength(name) > 63) problems.push('name part must be no more than 63 bytes');
  if (!QUALIFIED_RE.test(name)) {
    problems.push(`name part ${explained(QUALIFIED_RULE, QUALIFIED, 'MyName', 'my.name', '123-abc')}`);
  }
  return problems;
}

export function isLabelValue(value: string): string[] {
  const problems = byteLength(value) > 63 ? ['must be no more than 63 bytes'] : [];
  if (LABEL_VALUE_RE.test(value)) return problems;
  const rule =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
  return [...problems, explained(rule, `(${QUALIFIED})?`, 'MyValue', 'my_value', '12345')];
}

/** Of a ConfigMap or Secret. */
export function isConfigMapKey(value: string): string[] {
  const problems = tooLong(value, 253);
  if (!CONFIG_KEY_RE.test(value)) {
    const rule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
    problems.push(explained(rule, CONFIG_KEY, 'key.name', 'KEY_NAME', 'key-name'));
  }
  if (value === '.') problems.push("must not be '.'");
  else if (value === '..') problems.push("must not be '..'");
  else if (value.startsWith('..')) problems.push("must not start with '..'");
  return problems;
}

/** An environment variable's: printable ASCII without `=`. */
export function isEnvVarName(value: string): string[] {
  if (value === '') return ['environment variable name must be non-empty'];
  if (/^[\x20-\x3c\x3e-\x7e]+$/.test(value)) return [];
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

export function isPortNumber(value: number): string[] {
  return value >= 1 && value <= 65535 ? [] : ['must be between 1 and 65535, inclusive'];
}

export function isPortName(value: string): string[] {
  const problems = tooLong(value, 15);
  if (!/^[-a-z0-9]+$/.test(value)) {
    problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(value)) problems.push('must contain at least one letter (a-z)');
  if (value.includes('--')) problems.push('must not contain consecutive hyphens');
  if (/^-|-$/.test(value)) problems.push('must not begin or end with a hyphen');
  return problems;
}

export function isPercent(value: string): string[] {
  if (PERCENT_RE.test(value)) return [];
  return [explained("a valid percent string must be a numeric string followed by an ending '%'", PERCENT, '1%', '93%')];
}

/** RBAC's names: anything that can stand in a path. */
export function isPathSegmentName(value: string, generated = false): string[] {
  const problems: string[] = [];
  if (!generated && (value === '.' || value === '..')) problems.push(`may not be '${value}'`);
  for (const character of ['/', '%']) if (value.includes(character)) problems.push(`may not contain '${character}'`);
  return problems;
}

function tooLong(value: string, maximum: number): string[] {
  return byteLength(value) > maximum ? [`must be no more than ${maximum} characters`] : [];
}

function byteLength(value: string): number {
  return Buffer.byteLength(value);
}

function explained(rule: string, pattern: string, ...examples: readonly string[]): string {
  const eg = examples.map((example) => `'${example}', `).join(' or ');
  return `${rule} (e.g. ${eg}regex used for validation is '${pattern}')`;
}
