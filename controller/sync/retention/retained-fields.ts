import type { Resource } from '../../../apis/meta/resource.ts';
import type { DeepReadonly, KubeObject } from '../../../apis/meta/v1.ts';
import { isJsonObject, type JsonObject, placeAt, valueAt } from '../json/json-pointer.ts';
import { byMergeKey } from '../json/merge-keys.ts';

/**
 * What the members' API servers and controllers put into the objects of a kind and must find there again: a PUT without
 * it would be refused, or take it away.
 */
interface KindRetention {
  /** Allocated by the member: its value stays, whatever the template says. An override can still change it. */
  readonly allocated?: readonly Path[];
  /** Stays where the template says nothing. */
  readonly whenSilent?: readonly Path[];
  /** Before the overrides. */
  readonly more?: Retain;
  /** After the overrides: what no override can mean to change, for the member would refuse it. */
  readonly settled?: Retain;
}

type Path = readonly string[];
type Retain = (desired: JsonObject, observed: JsonObject) => unknown;

const SPEC = (field: string): Path => ['spec', field];

const KINDS: Readonly<Record<string, KindRetention>> = {
  '/Service': {
    allocated: [SPEC('healthCheckNodePort'), SPEC('clusterIP'), SPEC('clusterIPs')],
    whenSilent: [SPEC('loadBalancerClass')],
    more: retainServiceNetwork,
  },
  // Token controllers and registries add to these lists; taking an entry away makes them add another one, for ever.
  '/ServiceAccount': { whenSilent: [['secrets'], ['imagePullSecrets']] },
  '/PersistentVolumeClaim': {
    whenSilent: [
      SPEC('volumeName'),
      SPEC('storageClassName'),
      SPEC('volumeMode'),
      SPEC('dataSource'),
      SPEC('dataSourceRef'),
      SPEC('volumeAttributesClassName'),
    ],
  },
  '/PersistentVolume': { whenSilent: [SPEC('claimRef')] },
  '/Secret': { more: retainIssuedToken },
  '/Pod': { settled: retainAdmittedPodSpec },
  'batch/Job': {
    // Queues such as Kueue suspend and resume jobs in the member.
    whenSilent: [SPEC('selector'), SPEC('suspend')],
    settled: retainJobLabels,
  },
  'rbac.authorization.k8s.io/ClusterRole': { more: retainAggregatedRules },
};

/** A kind that Kubernetes itself serves; the others are custom resources, or come from an aggregated API server. */
export function isBuiltIn(group: string): boolean {
  return !group.includes('.') || group.endsWith('.k8s.io');
}

export function retainKindFields(
  desired: DeepReadonly<KubeObject>,
  observed: DeepReadonly<KubeObject>,
  resource: Resource,
): unknown {
  if (!isBuiltIn(resource.group)) return retainStatus(desired, observed);
  const { allocated = [], whenSilent = [], more } = ruleOf(resource);
  let object: unknown = desired;
  for (const path of allocated) {
    const value = valueAt(observed, path);
    if (!isEmpty(value) && value !== 0) object = placeAt(object, path, value);
  }
  for (const path of whenSilent) {
    const value = valueAt(observed, path);
    if (!isEmpty(value) && isSilent(valueAt(object, path))) object = placeAt(object, path, value);
  }
  return more === undefined ? object : more(object as JsonObject, observed);
}

/** The same for the object with its overrides. */
export function settleKindFields(
  desired: DeepReadonly<KubeObject>,
  observed: DeepReadonly<KubeObject>,
  resource: Resource,
): KubeObject {
  const { settled } = ruleOf(resource);
  return (settled === undefined ? desired : settled(desired, observed)) as KubeObject;
}

/** Fields that each member allocates for itself, whatever a template says. */
export function allocatedPaths(resource: Resource): readonly Path[] {
  return isBuiltIn(resource.group) ? (ruleOf(resource).allocated ?? []) : [];
}

/** A pod's tolerations are one list for who applies them, and those that admission added cannot be taken away. */
export function withTolerationsOf(pod: unknown, observed: DeepReadonly<KubeObject>): unknown {
  const path = ['spec', 'tolerations'];
  const wanted = valueAt(pod, path);
  const present = valueAt(observed, path);
  if (!Array.isArray(wanted) || !Array.isArray(present)) return pod;
  return placeAt(pod, path, overlayTolerations(present, wanted));
}

/** API servers take `stringData` into `data`, where whoever applied it would not own it. */
export function withDataOf(secret: unknown): unknown {
  const stringData = valueAt(secret, ['stringData']);
  if (!isJsonObject(stringData)) return secret;
  const encoded = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(`${text}`).toString('base64')]);
  const data = valueAt(secret, ['data']);
  const whole = { ...(isJsonObject(data) ? data : {}), ...Object.fromEntries(encoded) };
  return placeAt(placeAt(secret, ['stringData'], undefined), ['data'], whole);
}

function ruleOf({ group, kind }: Resource): KindRetention {
  const key = `${group}/${kind}`;
  return Object.hasOwn(KINDS, key) ? (KINDS[key] ?? {}) : {};
}

/** An empty list or `null` says no more than a missing field; an empty string does (`storageClassName: ""`). */
function isSilent(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

function isEmpty(value: unknown): boolean {
  return isSilent(value) || value === '';
}

/** A custom resource without a status subresource loses its status to a PUT without one; with a subresource this changes nothing. */
function retainStatus(desired: DeepReadonly<KubeObject>, observed: DeepReadonly<KubeObject>): unknown {
  return observed.status === undefined ? desired : placeAt(desired, ['status'], observed.status);
}

function retainServiceNetwork(desired: JsonObject, observed: JsonObject): unknown {
  return retainNodePorts(retainIpFamilies(desired, observed) as JsonObject, observed);
}

function retainIpFamilies(desired: JsonObject, observed: JsonObject): unknown {
  let object: unknown = withLeastFamilies(desired, observed);
  if (object !== desired) return object;
  for (const path of [SPEC('ipFamilies'), SPEC('ipFamilyPolicy')]) {
    const value = valueAt(observed, path);
    if (!isEmpty(value) && isSilent(valueAt(object, path))) object = placeAt(object, path, value);
  }
  return object;
}

/**
 * A headless Service without a selector is given two families by every API server, whatever its cluster can do. Once it gets
 * a selector a cluster of one family refuses that, and keeps it where the update is silent: it has to be told what a
 * new Service would be given.
 */
export function withLeastFamilies(desired: unknown, observed: unknown): unknown {
  const policy = SPEC('ipFamilyPolicy');
  const wasGiven =
    valueAt(observed, SPEC('clusterIP')) === 'None' &&
    !selects(observed) &&
    valueAt(observed, policy) === 'RequireDualStack';
  const isTold = !isSilent(valueAt(desired, policy)) || !isSilent(valueAt(desired, SPEC('ipFamilies')));
  return wasGiven && selects(desired) && !isTold ? placeAt(desired, policy, 'SingleStack') : desired;
}

function selects(service: unknown): boolean {
  const selector = valueAt(service, SPEC('selector'));
  return isJsonObject(selector) && Object.keys(selector).length > 0;
}

/** KubeFed's rule: the port of the same name, protocol and number keeps its node port. */
function retainNodePorts(desired: JsonObject, observed: JsonObject): unknown {
  const ports = valueAt(desired, ['spec', 'ports']);
  const present = valueAt(observed, ['spec', 'ports']);
  if (!Array.isArray(ports) || !Array.isArray(present)) return desired;
  const allocated = new Map(present.map((port: unknown) => [portKey(port), valueAt(port, ['nodePort'])]));
  const retained = ports.map((port: unknown) => {
    const nodePort = allocated.get(portKey(port));
    return isJsonObject(port) && typeof nodePort === 'number' && nodePort > 0 ? { ...port, nodePort } : port;
  });
  return placeAt(desired, ['spec', 'ports'], retained);
}

function portKey(port: unknown): string {
  return JSON.stringify([
    valueAt(port, ['name']) ?? '',
    valueAt(port, ['protocol']) ?? 'TCP',
    valueAt(port, ['port']) ?? null,
  ]);
}

/** The token in a service account token Secret is issued by each member for itself. */
function retainIssuedToken(desired: JsonObject, observed: JsonObject): unknown {
  const issued = desired.type === 'kubernetes.io/service-account-token' && isSilent(desired.data);
  return issued ? placeAt(desired, ['data'], observed.data) : desired;
}

/** Aggregated rules are written by a controller of the member. */
function retainAggregatedRules(desired: JsonObject, observed: JsonObject): unknown {
  return isSilent(desired.aggregationRule) ? desired : placeAt(desired, ['rules'], observed.rules);
}

/** The labels by which the job controller knows the pods of this very job; neither they nor the selector may change. */
const JOB_LABELS = [
  'controller-uid',
  'job-name',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
] as const;

function retainJobLabels(desired: JsonObject, observed: JsonObject): unknown {
  let object: unknown = desired;
  for (const label of JOB_LABELS) {
    const path = ['spec', 'template', 'metadata', 'labels', label];
    const value = valueAt(observed, path);
    if (value !== undefined) object = placeAt(object, path, value);
  }
  return object;
}

/**
 * A pod's spec is all but immutable, and admission has added to it: node, tolerations, the token's volume and mounts. All
 * of that stays where the template is silent. What the template does say is written, and where the member cannot change
 * it any more the update fails and says so.
 */
function retainAdmittedPodSpec(desired: JsonObject, observed: JsonObject): unknown {
  const spec = overlay(valueAt(observed, ['spec']), valueAt(desired, ['spec']), 'spec');
  return placeAt(desired, ['spec'], spec);
}

/** The upper value on the lower one: objects member by member, lists of keyed elements by key, anything else as a whole. */
function overlay(lower: unknown, upper: unknown, field: string): unknown {
  if (upper === undefined || upper === null) return lower;
  if (isJsonObject(lower) && isJsonObject(upper)) {
    const members = Object.entries(upper).map(([name, value]) => [name, overlay(lower[name], value, name)]);
    return { ...lower, ...Object.fromEntries(members) };
  }
  if (!Array.isArray(lower) || !Array.isArray(upper)) return upper;
  if (field === 'tolerations') return overlayTolerations(lower, upper);
  const keyed = byMergeKey(field, lower, upper);
  if (keyed === undefined) return upper;
  const [below, above] = keyed;
  const merged = new Map(below);
  for (const [key, element] of above) merged.set(key, overlay(below.get(key), element, field));
  return [...merged.values()];
}

/** Tolerations have no key, and may be added to a pod but not taken away. */
function overlayTolerations(lower: readonly unknown[], upper: readonly unknown[]): readonly unknown[] {
  const present = new Set(lower.map((toleration) => tolerationKey(toleration)));
  return [...lower, ...upper.filter((toleration) => !present.has(tolerationKey(toleration)))];
}

function tolerationKey(toleration: unknown): string {
  const fields = ['key', 'operator', 'value', 'effect', 'tolerationSeconds'];
  return JSON.stringify(fields.map((field) => valueAt(toleration, [field]) ?? (field === 'operator' ? 'Equal' : '')));
}
