/** The fields under which a Secret, a federated one, and a patch or an override of either carry values. */
const VALUE_FIELDS = new Set(['data', 'stringData', 'value']);
const REDACTED = '<redacted>';
// Shorter ones would tear words apart, and stand in messages only where `Invalid value` announces them.
const MIN_LENGTH = 4;

/**
 * Takes the values of a Secret out of what a server said about it: API servers quote what they find invalid.
 *
 * @param sent What was sent to the server; every string in its data, plain or in base64, is looked for.
 */
export function redactSecrets(text: string, sent: unknown): string {
  const values = new Set<string>();
  collect(sent, false, values);
  let redacted = text.replace(/(Invalid value: )("(?:[^"\\]|\\.)*"|[^\s:,]+)/g, `$1${REDACTED}`);
  for (const value of [...values].sort((a, b) => b.length - a.length)) {
    redacted = redacted.replaceAll(value, REDACTED);
  }
  return redacted;
}

/** The kinds whose content never goes into a message: Secrets, and federated ones. */
export function holdsSecrets(plural: string): boolean {
  return plural === 'secrets' || plural === 'federatedsecrets';
}

function collect(node: unknown, isValue: boolean, values: Set<string>): void {
  if (typeof node === 'string') {
    if (!isValue) return;
    for (const form of [node, Buffer.from(node, 'base64').toString(), JSON.stringify(node).slice(1, -1)]) {
      if (form.length >= MIN_LENGTH) values.add(form);
    }
    return;
  }
  if (Array.isArray(node)) {
    for (const item of node) collect(item, isValue, values);
  } else if (typeof node === 'object' && node !== null) {
    for (const [field, child] of Object.entries(node)) collect(child, isValue || VALUE_FIELDS.has(field), values);
  }
}
