import type { DeepReadonly, KubeObject, LabelSelector, ManagedFieldsEntry } from '../../../../../apis/meta/v1.ts';
import { invalid } from '../../errors/field-errors.ts';
import { badRequest, invalid as invalidObject, notFound } from '../../errors/status-error.ts';
import { applyScale, type ScaleWrite, trackScale } from '../../managed-fields/scale-owners.ts';
import { APPLY_PATCH, applyPatch } from '../../patch/apply-patch.ts';
import type { ActionAnswer, ActionRequest, Subresource, WriteContext } from '../../resources/resource-definition.ts';
import { builtInSchema } from '../../schema/built-in.ts';
import { decodingProblems } from '../../schema/decoding.ts';
import { formatSorted } from '../columns/cells.ts';
import { SCALE_COLUMNS } from './scale-columns.ts';

const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' } as const;

interface Scalable {
  readonly spec?: { readonly replicas?: number; readonly selector?: object };
  readonly status?: { readonly replicas?: number };
}

/** `scale` of the built-in workloads: how many there are to be, how many there are, and by what they are found. */
export const scale: Subresource = {
  kind: 'action',
  verbs: ['get', 'patch', 'update'],
  responseKind: SCALE,
  columns: SCALE_COLUMNS,
  handle: (request, context) => (request.verb === 'get' ? read(request, context) : write(request, context)),
};

function read({ definition, namespace, name }: ActionRequest, { storage }: WriteContext): ActionAnswer {
  const stored = storage.get(definition.storageKey, namespace, name);
  if (stored === undefined) throw notFound(definition, name);
  return { code: 200, body: scaleOf(stored.object) };
}

function write(request: ActionRequest, { user, now, dryRun, cluster }: WriteContext): ActionAnswer {
  const { definition, namespace, name } = request;
  const change = (stored: KubeObject): KubeObject => {
    const { scale: sent, managedFields } = sentScale(request, {
      ...{ parent: stored, apiVersion: stored.apiVersion ?? '', replicasPath: ['spec', 'replicas'] },
      ...{ current: scaleOf(stored), manager: request.fieldManager ?? '', now },
    });
    const replicas = (sent.spec as { replicas?: number } | undefined)?.replicas ?? 0;
    if (replicas < 0) {
      const error = invalid('spec.replicas', replicas, 'must be greater than or equal to 0');
      throw invalidObject(SCALE, name, [error]);
    }
    const { resourceVersion } = sent.metadata;
    const metadata = { ...stored.metadata, managedFields };
    if (resourceVersion) metadata.resourceVersion = resourceVersion;
    return { ...stored, metadata, spec: { ...(stored.spec as object), replicas } };
  };
  const updated = cluster.registry.update(definition, { namespace, name }, change, {
    user,
    now,
    dryRun,
    subresource: 'scale',
  });
  return { code: 200, body: scaleOf(updated) };
}

/** The Scale that is to be, and who then owns the fields of what is scaled. @throws {StatusError} 400 409 415 */
function sentScale(
  { verb, body, patchType, name, query }: ActionRequest,
  write: ScaleWrite,
): { readonly scale: KubeObject; readonly managedFields: ManagedFieldsEntry[] } {
  const schema = builtInSchema(SCALE.group, SCALE.version, SCALE.kind);
  if (verb === 'patch' && patchType === APPLY_PATCH) {
    return applyScale(write, body as KubeObject, query.get('force') === 'true');
  }
  const sent = verb === 'patch' ? applyPatch({ custom: false, schema }, patchType ?? '', write.current, body) : body;
  const problem = schema === undefined ? undefined : decodingProblems(schema, sent);
  if (problem !== undefined || typeof sent !== 'object' || sent === null) {
    throw badRequest(`Scale in version "v1" cannot be handled as a Scale: ${problem ?? 'it is not an object'}`);
  }
  const { metadata = {}, ...content } = sent as KubeObject;
  if (!metadata.name) {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  }
  if (metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
  const scale = { ...content, metadata };
  return { scale, managedFields: trackScale(write, scale) };
}

function scaleOf(object: DeepReadonly<KubeObject>): KubeObject {
  const { spec = {}, status = {} } = object as unknown as Scalable;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const known = { name, namespace, uid, resourceVersion, creationTimestamp };
  const selector = formatSorted(asSelector(spec.selector));
  return {
    kind: SCALE.kind,
    apiVersion: `${SCALE.group}/${SCALE.version}`,
    metadata: Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
    spec: spec.replicas ? { replicas: spec.replicas } : {},
    status: { replicas: status.replicas ?? 0, ...(selector === '' ? {} : { selector }) },
  };
}

/** A ReplicationController's selector is but a map. */
function asSelector(selector: object | undefined): DeepReadonly<LabelSelector> {
  if (selector === undefined) return {};
  if ('matchLabels' in selector || 'matchExpressions' in selector) return selector as DeepReadonly<LabelSelector>;
  return { matchLabels: selector as Readonly<Record<string, string>> };
}
