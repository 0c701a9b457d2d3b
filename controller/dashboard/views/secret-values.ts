import type { DeepReadonly, KubeObject } from '../../../apis/meta/v1.ts';
import type { ClusterOverrides, FederatedObject } from '../../../apis/types/v1beta1/federated-object.ts';

/** What stands in place of a Secret's values. */
export const NOT_SHOWN = '(not shown)';

/** Fields of a Secret, and of its template, that hold nothing secret. All else is hidden, what nobody knows yet included. */
const OPEN_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'type', 'immutable']);
const OPEN_PATHS = ['/metadata/labels', '/type', '/immutable'];
/** Annotations by others, such as kubectl's last-applied-configuration, may quote the whole object. */
const OPEN_ANNOTATION = /^([a-z0-9.-]+\.)?(fedmesh|kubefed)\.io\//;
/** Shorter ones would take harmless words out of messages. */
const SHORTEST_QUOTED = 4;

/** A Secret without its values: the names of the keys stay. */
export function withoutValues(secret: DeepReadonly<KubeObject>): KubeObject {
  const fields = Object.entries(secret).map(([field, value]): [string, unknown] => {
    if (field === 'metadata') return [field, openMetadata(secret.metadata)];
    return [field, OPEN_FIELDS.has(field) ? value : hidden(value)];
  });
  return Object.fromEntries(fields) as KubeObject;
}

/** A FederatedSecret without the values of its template and overrides. */
export function withoutSecretValues(federated: DeepReadonly<FederatedObject>): KubeObject {
  const { template, overrides, ...spec } = federated.spec;
  const { status, ...rest } = federated;
  return {
    ...rest,
    metadata: openMetadata(federated.metadata),
    spec: {
      ...spec,
      ...(template === undefined ? {} : { template: withoutValues({ metadata: {}, ...template }) }),
      ...(overrides === undefined ? {} : { overrides: overrides.map(openOverrides) }),
    },
    ...(status === undefined ? {} : { status: scrubbed(status, scrubberOf(federated)) }),
  } as KubeObject;
}

/** Takes every value of the Secret out of a text that somebody wrote about it, as it is and as base64. */
export function scrubberOf(federated: DeepReadonly<FederatedObject>): (text: string) => string {
  const values = new Set<string>();
  const { template, overrides = [] } = federated.spec;
  collect(template?.data, values, true);
  collect(template?.stringData, values, false);
  for (const { clusterOverrides = [] } of overrides) {
    for (const { path, value } of clusterOverrides) if (!isOpen(path)) collect(value, values, true);
  }
  const longestFirst = [...values]
    .filter(({ length }) => length >= SHORTEST_QUOTED)
    .sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((left, value) => left.replaceAll(value, NOT_SHOWN), text);
}

function collect(value: unknown, into: Set<string>, isEncoded: boolean): void {
  if (typeof value === 'string') {
    into.add(value);
    if (isEncoded) into.add(Buffer.from(value, 'base64').toString('utf8'));
    into.add(Buffer.from(value, 'utf8').toString('base64'));
  } else if (typeof value === 'object' && value !== null) {
    for (const each of Object.values(value)) collect(each, into, isEncoded);
  }
}

function openMetadata(metadata: DeepReadonly<KubeObject['metadata']> | undefined): KubeObject['metadata'] {
  const { annotations, ...rest } = (metadata ?? {}) as KubeObject['metadata'];
  if (annotations === undefined) return rest;
  const open = Object.entries(annotations).map(([key, value]) => [key, OPEN_ANNOTATION.test(key) ? value : NOT_SHOWN]);
  return { ...rest, annotations: Object.fromEntries(open) };
}

function openOverrides({ clusterOverrides, ...entry }: DeepReadonly<ClusterOverrides>): unknown {
  if (clusterOverrides === undefined) return entry;
  return {
    ...entry,
    clusterOverrides: clusterOverrides.map(({ value, ...each }) => ({
      ...each,
      ...(value === undefined ? {} : { value: isOpen(each.path) ? value : hidden(value) }),
    })),
  };
}

function isOpen(path: string): boolean {
  return OPEN_PATHS.some((open) => path === open || path.startsWith(`${open}/`));
}

/** Keeps the names of keys, and no value. */
function hidden(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hidden);
  if (typeof value !== 'object' || value === null) return NOT_SHOWN;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, hidden(each)]));
}

/** Every text within, scrubbed; what a member reports of a Secret is not shown at all. */
function scrubbed(value: unknown, scrub: (text: string) => string): unknown {
  if (typeof value === 'string') return scrub(value);
  if (Array.isArray(value)) return value.map((each) => scrubbed(each, scrub));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, key === 'remoteStatus' ? NOT_SHOWN : scrubbed(each, scrub)]),
  );
}
