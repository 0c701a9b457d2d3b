import type { Resource } from '../../../apis/meta/resource.ts';
import type { DeepReadonly, KubeObject, ObjectMeta } from '../../../apis/meta/v1.ts';
import type { FederatedObject } from '../../../apis/types/v1beta1/federated-object.ts';
import { CREATED_BY_ANNOTATION, RETAIN_ANNOTATION, TEMPLATE_ANNOTATIONS_ANNOTATION } from '../../../apis/well-known.ts';
import { parsePointer, placeAt, valueAt } from '../json/json-pointer.ts';
import { isBuiltIn, retainKindFields } from './retained-fields.ts';

/** What a federated object declares to be each member's own, beyond what its kind makes so. */
export interface Retention {
  readonly retainReplicas: boolean;
  /** JSON pointers below the root. */
  readonly retainPaths: readonly string[];
}

/** Reads `spec.retainReplicas` and the annotation `fedmesh.io/retain`, a JSON array of JSON pointers. */
export function retentionOf(federated: DeepReadonly<FederatedObject>): Retention | { readonly error: string } {
  const retainReplicas = federated.spec.retainReplicas === true;
  const annotation = federated.metadata.annotations?.[RETAIN_ANNOTATION];
  if (annotation === undefined) return { retainReplicas, retainPaths: [] };
  const retainPaths = stringList(annotation);
  if (retainPaths === undefined) {
    return {
      error: `annotation ${RETAIN_ANNOTATION}: must be a JSON array of JSON pointers, such as ["/spec/replicas"]`,
    };
  }
  const wrong = retainPaths.find((path) => !parsePointer(path)?.length);
  if (wrong !== undefined) {
    return {
      error: `annotation ${RETAIN_ANNOTATION}: "${wrong}" is not a JSON pointer to a field, such as /spec/replicas`,
    };
  }
  return { retainReplicas, retainPaths };
}

/**
 * The desired object with what the observed one keeps: the bookkeeping of its API server, what controllers and people in
 * the member put into finalizers, owners and annotations, what the member allocated (addresses, ports, volumes), and what
 * the federated object declares to be the member's. Overrides are applied afterwards, so they still reach all of it.
 *
 * KubeFed's rules; its own additions over them are annotations from the template, owners, the kinds beyond Service and
 * ServiceAccount, and declared paths.
 */
export function retain(
  desired: DeepReadonly<KubeObject>,
  observed: DeepReadonly<KubeObject>,
  resource: Resource,
  retention: Retention,
): KubeObject {
  const metadata = retainMetadata(desired.metadata, observed.metadata);
  const labels = ownersLabels(observed, resource);
  const withMetadata = {
    ...desired,
    metadata: labels === undefined ? metadata : { ...metadata, labels: { ...labels, ...desired.metadata.labels } },
  };
  let object: unknown = retainKindFields(withMetadata, observed, resource);
  if (retention.retainReplicas) object = retainReplicas(object, observed);
  for (const path of retention.retainPaths) {
    const tokens = parsePointer(path) ?? [];
    object = placeAt(object, tokens, valueAt(observed, tokens));
  }
  return object as KubeObject;
}

function retainMetadata(
  desired: DeepReadonly<ObjectMeta>,
  observed: DeepReadonly<ObjectMeta>,
): DeepReadonly<ObjectMeta> {
  const { resourceVersion: _, finalizers: __, ownerReferences: ___, annotations: ____, ...rest } = desired;
  const annotations = retainAnnotations(desired.annotations ?? {}, observed.annotations ?? {});
  return {
    ...rest,
    ...(observed.resourceVersion === undefined ? {} : { resourceVersion: observed.resourceVersion }),
    ...(observed.finalizers === undefined ? {} : { finalizers: observed.finalizers }),
    ...(observed.ownerReferences === undefined ? {} : { ownerReferences: observed.ownerReferences }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}

/**
 * A namespace that was there before Fedmesh keeps the labels that its people gave it: policies hang on them, and it is
 * taken in for the sake of its contents. A label that the template gave it and no longer does then stays too.
 */
function ownersLabels(
  observed: DeepReadonly<KubeObject>,
  { group, kind }: Resource,
): Readonly<Record<string, string>> | undefined {
  if (group !== '' || kind !== 'Namespace') return undefined;
  const adopted = observed.metadata.annotations?.[CREATED_BY_ANNOTATION] === undefined;
  return adopted ? observed.metadata.labels : undefined;
}

/** Annotations are shared ground: others' stay, ours win, and what an earlier template brought and this one lacks goes. */
function retainAnnotations(
  desired: Readonly<Record<string, string>>,
  observed: Readonly<Record<string, string>>,
): Record<string, string> {
  const brought = new Set(broughtAnnotations(observed));
  const others = Object.entries(observed).filter(([key]) => !brought.has(key));
  return { ...Object.fromEntries(others), ...desired };
}

/** The annotations that an earlier write of ours brought to this object, the list of them included. */
export function broughtAnnotations(observed: Readonly<Record<string, string>> | undefined): readonly string[] {
  const list = observed?.[TEMPLATE_ANNOTATIONS_ANNOTATION];
  // A list that somebody spoilt is written anew; what it named stays as anybody else's annotation.
  return list === undefined ? [] : [...(stringList(list) ?? []), TEMPLATE_ANNOTATIONS_ANNOTATION];
}

function retainReplicas(desired: unknown, observed: DeepReadonly<KubeObject>): unknown {
  const replicas = valueAt(observed, ['spec', 'replicas']);
  return typeof replicas === 'number' ? placeAt(desired, ['spec', 'replicas'], replicas) : desired;
}

/**
 * Whether comparing and retaining need the content of the members' objects of this kind, and not only their metadata. For
 * kinds with a generation the metadata tells that somebody changed the content; other kinds change their version with
 * every heartbeat of their status. `federated` adds what one object declares to be the members' own.
 */
export function needsContent(
  resource: Resource & { readonly subresources?: readonly string[] },
  federated?: DeepReadonly<FederatedObject>,
): boolean {
  if (isBuiltIn(resource.group) ? !hasGeneration(resource) : ownsItsStatus(resource)) return true;
  if (federated === undefined) return false;
  const retention = retentionOf(federated);
  return 'error' in retention ? false : declaresContent(retention);
}

/** Whether the declared retention reaches beyond the metadata. */
export function declaresContent(retention: Retention): boolean {
  return retention.retainReplicas || retention.retainPaths.some((path) => !path.startsWith('/metadata/'));
}

/** Without a status subresource a PUT that lacks the status would wipe it. */
function ownsItsStatus(resource: { readonly subresources?: readonly string[] }): boolean {
  return resource.subresources !== undefined && !resource.subresources.includes('status');
}

const GROUPS_WITHOUT_GENERATION: ReadonlySet<string> = new Set([
  '',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'events.k8s.io',
  'node.k8s.io',
  'rbac.authorization.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
]);

/** Has one, but its retention needs the content. */
const CONTENT_KINDS: ReadonlySet<string> = new Set(['batch/Job']);

function hasGeneration({ group, kind }: Resource): boolean {
  if (CONTENT_KINDS.has(`${group}/${kind}`)) return false;
  return !GROUPS_WITHOUT_GENERATION.has(group) || (group === '' && kind === 'ReplicationController');
}

/**
 * A PriorityClass has a generation that stays 1 whatever is changed. It is the only kind of Kubernetes that sets one and does
 * not move it (1.36), so for it alone a generation does not tell that nobody wrote.
 */
export function movesGeneration({ group, kind }: Resource): boolean {
  return !(group === 'scheduling.k8s.io' && kind === 'PriorityClass');
}

function stringList(json: string): string[] | undefined {
  try {
    const list: unknown = JSON.parse(json);
    return Array.isArray(list) && list.every((each) => typeof each === 'string') ? list : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Whether the object was read with its content, or only its metadata, perhaps with its status. An object of a kind that may be empty, such as a
 * ConfigMap, cannot be told from its metadata; such kinds are always read with their content.
 */
export function hasContent(object: DeepReadonly<KubeObject>): boolean {
  if (object.kind === 'PartialObjectMetadata') return false;
  return Object.keys(object).some((field) => !CONTENTLESS_FIELDS.has(field));
}

const CONTENTLESS_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'status']);
