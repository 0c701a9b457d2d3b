const REDACTED = '[redacted]';

/** Names under which credentials stand in headers, kubeconfigs, TokenRequests and ServiceAccount secrets. */
const SECRET_NAMES = new Set([
  'authorization',
  'proxy-authorization',
  'token',
  'access_token',
  'id-token',
  'refresh-token',
  'bearertoken',
  'password',
  'client-key-data',
  'clientkeydata',
]);

/** Where these kinds carry their values. */
const SECRET_FIELDS: Readonly<Record<string, readonly string[]>> = {
  Secret: ['data', 'stringData'],
  FederatedSecret: ['spec'],
};

/** kubectl keeps the whole object here, a Secret's data included. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

const MAX_DEPTH = 12;

/**
 * The same value without what is secret by its name, and without the values of Secrets and FederatedSecrets. Copies only what it changes;
 * errors are left to the serializer. What lies deeper than any Kubernetes object is cut off.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error) return value;
  if (depth > MAX_DEPTH) return '[too deep]';
  if (Array.isArray(value)) return redactArray(value, depth);
  const fields = value as Record<string, unknown>;
  const secretFields = typeof fields.kind === 'string' ? SECRET_FIELDS[fields.kind] : undefined;
  let copy: Record<string, unknown> | undefined;
  for (const name in fields) {
    const before = fields[name];
    let after: unknown;
    if (isHidden(name, before, secretFields)) after = REDACTED;
    else if (secretFields !== undefined && name === 'metadata') after = withoutLastApplied(before);
    else after = redact(before, depth + 1);
    if (after === before) continue;
    copy ??= { ...fields };
    copy[name] = after;
  }
  return copy ?? value;
}

function redactArray(items: readonly unknown[], depth: number): readonly unknown[] {
  const redacted = items.map((item) => redact(item, depth + 1));
  return redacted.some((item, index) => item !== items[index]) ? redacted : items;
}

function isHidden(name: string, value: unknown, secretFields: readonly string[] | undefined): boolean {
  if (value === undefined || value === null) return false;
  return SECRET_NAMES.has(name.toLowerCase()) || secretFields?.includes(name) === true;
}

function withoutLastApplied(metadata: unknown): unknown {
  const { annotations } = (metadata ?? {}) as { annotations?: Record<string, unknown> };
  if (annotations?.[LAST_APPLIED] === undefined) return metadata;
  return { ...(metadata as object), annotations: { ...annotations, [LAST_APPLIED]: REDACTED } };
}

/** A line of the log without what looks like a credential wherever it stands: bearer tokens, JWTs, private keys. */
export function scrub(line: string): string {
  return line
    .replaceAll(/\b(Bearer|Basic) [\w~+/.=-]{8,}/g, `$1 ${REDACTED}`)
    .replaceAll(/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, REDACTED)
    .replaceAll(/-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----/g, REDACTED);
}
