import type { Resource } from '../../../apis/meta/resource.ts';
import type { DeepReadonly, KubeObject, ObjectMeta } from '../../../apis/meta/v1.ts';
import type { FederatedObject, FederatedTemplate } from '../../../apis/types/v1beta1/federated-object.ts';
import { CREATED_BY_ANNOTATION, MANAGED_LABEL, TEMPLATE_ANNOTATIONS_ANNOTATION } from '../../../apis/well-known.ts';
import { apiVersionOf } from '../../kube/resource.ts';
import { isJsonObject, parsePointer, valueAt } from '../json/json-pointer.ts';
import { appliedOver } from '../retention/applied-fields.ts';
import { settleKindFields } from '../retention/retained-fields.ts';
import {
  declaresContent,
  hasContent,
  needsContent,
  type Retention,
  retain,
  retentionOf,
} from '../retention/retention.ts';
import { applyOverrides, type Labels, type OverrideList, overridesFor, validateOverrides } from './overrides.ts';

/** What a federated object means for every member alike. Computed once, then finished for each cluster. */
export interface Base {
  readonly federated: DeepReadonly<FederatedObject>;
  readonly resource: Resource;
  /** The template with its identity, before retention and overrides. */
  readonly object: KubeObject;
  readonly retention: Retention;
  /** For server-side apply: only what is ours, without what the observed object keeps. */
  readonly applies: boolean;
  /** What the template asks for and cannot have, for events. */
  readonly warnings: readonly string[];
}

export interface RenderError {
  /** KubeFed's word for it in the cluster's status. */
  readonly status: 'ComputeResourceFailed' | 'ApplyOverridesFailed' | 'FieldRetentionFailed';
  readonly error: string;
}

export function baseOf(
  federated: DeepReadonly<FederatedObject>,
  resource: Resource,
  { applies = false }: { applies?: boolean } = {},
): Base | RenderError {
  const template = federated.spec.template ?? {};
  const fault = templateFault(template);
  if (fault !== undefined) return { status: 'ComputeResourceFailed', error: `spec.template${fault}` };
  const faulty = validateOverrides(federated.spec.overrides);
  if (faulty !== undefined) return { status: 'ApplyOverridesFailed', error: faulty };
  const retention = retentionOf(federated);
  if ('error' in retention) return { status: 'FieldRetentionFailed', error: retention.error };
  return {
    federated,
    resource,
    object: fromTemplate(template, identityOf(federated, resource), resource),
    retention,
    applies,
    warnings: warningsOf(template),
  };
}

/**
 * The object as one member is to have it. In KubeFed's order: what the observed object keeps, then the overrides, and last
 * what marks it as managed. The result shares parts with the federated and the observed object: it is for sending, not
 * for changing.
 *
 * @param observed the member's object, for an update; missing for a creation
 * @param labels of the cluster, by which overrides may select it
 */
export function renderFor(
  base: Base,
  cluster: string,
  observed?: DeepReadonly<KubeObject>,
  labels: Labels = {},
): { readonly object: KubeObject } | RenderError {
  const { federated, resource, retention } = base;
  const onlyMetadata = observed !== undefined && !needsContent(resource) && !hasContent(observed);
  if (onlyMetadata && declaresContent(retention)) {
    // Writing now would reset what the member is to keep.
    const error = `what ${cluster} is to keep of the object is not known: only its metadata was read`;
    return { status: 'FieldRetentionFailed', error };
  }
  const retained = observed === undefined ? base.object : keep(base, observed);
  const overrides = overridesFor(federated.spec.overrides, cluster, labels);
  const overridden = applyOverrides(retained, overrides, cluster);
  if ('error' in overridden) return { status: 'ApplyOverridesFailed', error: overridden.error };
  const lost = lostIdentity(overridden.object, base.object);
  if (lost !== undefined) {
    const error = `overrides: cluster "${cluster}": they leave the object without ${lost}`;
    return { status: 'ApplyOverridesFailed', error };
  }
  const isWhole = observed === undefined || base.applies;
  const settled = isWhole ? overridden.object : settleKindFields(overridden.object, observed, resource);
  return { object: sealed(settled, retained, base, overrides) };
}

function keep({ object, resource, retention, applies }: Base, observed: DeepReadonly<KubeObject>): KubeObject {
  return applies ? appliedOver(object, observed, resource, retention) : retain(object, observed, resource, retention);
}

function templateFault(template: unknown): string | undefined {
  if (!isJsonObject(template)) return ' is not an object';
  const metadata = template.metadata ?? {};
  if (!isJsonObject(metadata)) return '.metadata is not an object';
  const field = ['labels', 'annotations'].find((name) => !isJsonObject(metadata[name] ?? {}));
  return field === undefined ? undefined : `.metadata.${field} is not an object`;
}

/** The target bears the federated object's name, not the template's. A FederatedNamespace speaks of the namespace it is in. */
function identityOf(
  federated: DeepReadonly<FederatedObject>,
  resource: Resource,
): { name: string; namespace?: string } {
  const { name = '', namespace } = federated.metadata;
  if (resource.group === '' && resource.kind === 'Namespace') return { name: namespace ?? '' };
  return resource.namespaced && namespace !== undefined ? { name, namespace } : { name };
}

function fromTemplate(
  template: DeepReadonly<FederatedTemplate>,
  identity: { name: string; namespace?: string },
  resource: Resource,
): KubeObject {
  const { apiVersion, kind: _, metadata, status: __, ...content } = template;
  const own = Object.fromEntries(Object.entries(metadata?.annotations ?? {}).filter(([key]) => isFree(key)));
  const annotations = withListOf(own, Object.keys(own));
  return {
    apiVersion: apiVersion || apiVersionOf(resource),
    kind: resource.kind,
    // Of the template's metadata these two are the user's; all else belongs to whichever API server the object lives in.
    metadata: {
      ...identity,
      ...(metadata?.labels ? { labels: metadata.labels } : {}),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    ...content,
  };
}

function warningsOf(template: DeepReadonly<FederatedTemplate>): string[] {
  return template.metadata?.finalizers?.length
    ? [
        'metadata.finalizers cannot be set via template to avoid conflicting with controllers in member clusters. ' +
          'Consider using an override to add or remove elements from this collection.',
      ]
    : [];
}

/** What overrides of whole parts, such as `/metadata`, may have taken away. */
function lostIdentity(object: KubeObject, base: KubeObject): string | undefined {
  const metadata: unknown = object.metadata;
  if (!isJsonObject(metadata)) return 'metadata';
  if (metadata.name !== base.metadata.name) return 'its name';
  if (metadata.namespace !== base.metadata.namespace) return 'its namespace';
  if (!isJsonObject(metadata.labels ?? {})) return 'an object of labels';
  if (!isJsonObject(metadata.annotations ?? {})) return 'an object of annotations';
  return undefined;
}

/** Marks the object as managed, whatever the overrides did. */
function sealed(object: KubeObject, retained: KubeObject, base: Base, overrides: OverrideList): KubeObject {
  const { annotations: _, ...metadata } = object.metadata;
  const annotations = settledAnnotations(object.metadata, retained.metadata, base, overrides);
  return {
    ...object,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, [MANAGED_LABEL]: 'true' },
      ...(annotations === undefined || Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
  };
}

type Annotations = Readonly<Record<string, string>>;

/**
 * Overrides may set annotations, one by one or all of them. Those they bring are listed like the template's, so that they
 * go when the override goes. Others' annotations stay even when all are replaced, and who created the object is no
 * override's to say.
 */
function settledAnnotations(
  after: ObjectMeta,
  before: ObjectMeta,
  base: Base,
  overrides: OverrideList,
): Annotations | undefined {
  if (after.annotations === before.annotations) return after.annotations;
  const own = base.object.metadata.annotations ?? {};
  const { keys, replacesAll } = annotationsBroughtBy(overrides, Object.keys(own).filter(isFree));
  const others = Object.entries(before.annotations ?? {}).filter(([key]) => isFree(key) && !Object.hasOwn(own, key));
  const free = {
    ...(replacesAll ? Object.fromEntries(others) : {}),
    ...Object.fromEntries(Object.entries(after.annotations ?? {}).filter(([key]) => isFree(key))),
  };
  const createdBy = before.annotations?.[CREATED_BY_ANNOTATION];
  const kept = createdBy === undefined ? free : { ...free, [CREATED_BY_ANNOTATION]: createdBy };
  return withListOf(
    kept,
    keys.filter((key) => Object.hasOwn(free, key)),
  );
}

function isFree(key: string): boolean {
  return key !== CREATED_BY_ANNOTATION && key !== TEMPLATE_ANNOTATIONS_ANNOTATION;
}

/** Which annotations are ours after the overrides, told from what they say, not from what the member happens to have. */
function annotationsBroughtBy(
  overrides: OverrideList,
  ofTemplate: readonly string[],
): { readonly keys: readonly string[]; readonly replacesAll: boolean } {
  let keys = new Set(ofTemplate);
  let replacesAll = false;
  for (const { op, path, value } of overrides) {
    const [first, second, key, ...deeper] = parsePointer(path) ?? [];
    if (first !== 'metadata' || (second !== undefined && second !== 'annotations') || deeper.length > 0) continue;
    if (key === undefined) {
      const all = second === undefined ? valueAt(value, ['annotations']) : value;
      keys = new Set(op === 'remove' || !isJsonObject(all) ? [] : Object.keys(all));
      replacesAll = true;
    } else if (op === 'remove') keys.delete(key);
    else keys.add(key);
  }
  return { keys: [...keys], replacesAll };
}

/** The annotations together with the list of those among them that are ours. */
function withListOf(annotations: Annotations, ours: readonly string[]): Record<string, string> {
  const { [TEMPLATE_ANNOTATIONS_ANNOTATION]: _, ...rest } = annotations;
  const listed = ours.filter(isFree).sort();
  return listed.length === 0 ? rest : { ...rest, [TEMPLATE_ANNOTATIONS_ANNOTATION]: JSON.stringify(listed) };
}
