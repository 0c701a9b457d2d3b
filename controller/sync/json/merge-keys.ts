import { isJsonObject } from './json-pointer.ts';

/** The one member of a key that API servers fill in. */
const PROTOCOL = 'protocol';
const DEFAULT_PROTOCOL = 'TCP';

/**
 * Lists whose elements Kubernetes tells apart by a key (`x-kubernetes-list-type: map`): their order means nothing, and
 * "the same element" is the one with the same key. By field name, for it is the same wherever a pod's or a Service's
 * spec is found; the first key whose members every element has is the one.
 */
const MERGE_KEYS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  containers: [['name']],
  initContainers: [['name']],
  ephemeralContainers: [['name']],
  env: [['name']],
  // Of a Service, of a container.
  ports: [
    ['port', PROTOCOL],
    ['containerPort', PROTOCOL],
  ],
  volumes: [['name']],
  volumeMounts: [['mountPath']],
  volumeDevices: [['devicePath']],
  imagePullSecrets: [['name']],
  secrets: [['name']],
  resourceClaims: [['name']],
  hostAliases: [['ip']],
  topologySpreadConstraints: [['topologyKey', 'whenUnsatisfiable']],
  webhooks: [['name']],
};

/**
 * The elements of two lists by their merge key, or `undefined` where that field has none, an element lacks it, or two in
 * one list share it: then only the position tells them apart.
 */
export function byMergeKey(
  field: string,
  one: readonly unknown[],
  other: readonly unknown[],
): readonly [ReadonlyMap<string, unknown>, ReadonlyMap<string, unknown>] | undefined {
  for (const members of (Object.hasOwn(MERGE_KEYS, field) && MERGE_KEYS[field]) || []) {
    const ones = keyedBy(members, one);
    const others = ones && keyedBy(members, other);
    if (ones && others) return [ones, others];
  }
  return undefined;
}

function keyedBy(members: readonly string[], list: readonly unknown[]): ReadonlyMap<string, unknown> | undefined {
  const map = new Map<string, unknown>();
  for (const element of list) {
    const key = keyOf(members, element);
    if (key === undefined || map.has(key)) return undefined;
    map.set(key, element);
  }
  return map;
}

function keyOf(members: readonly string[], element: unknown): string | undefined {
  if (!isJsonObject(element)) return undefined;
  const parts: string[] = [];
  for (const member of members) {
    const value = element[member] ?? (member === PROTOCOL ? DEFAULT_PROTOCOL : undefined);
    if (typeof value !== 'string' && typeof value !== 'number') return undefined;
    parts.push(String(value));
  }
  return JSON.stringify(parts);
}
