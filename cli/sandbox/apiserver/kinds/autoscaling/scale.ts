import type { DeepReadonly, KubeObject, LabelSelector } from '../../../../../apis/meta/v1.ts';
import { formatSorted } from '../../columns/cells.ts';
import { invalid } from '../../errors/field-errors.ts';
import { conflict, invalid as invalidObject, notFound } from '../../errors/status-error.ts';
import type { ActionAnswer, ActionRequest, Subresource, WriteContext } from '../../resources/resource-definition.ts';
import { SCALE_COLUMNS } from '../../scale/scale-columns.ts';
import { meantUid, sentScale } from '../../scale/sent-scale.ts';
import { validateObjectMeta } from '../../validation/object-meta.ts';
import { spokenKind } from '../spoken-kind.ts';

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
  let before: KubeObject | undefined;
  const change = (stored: KubeObject): KubeObject => {
    before = stored;
    const uid = meantUid(request);
    // The registry says that it is another one.
    if (uid !== undefined && uid !== stored.metadata.uid) return { ...stored, metadata: { ...stored.metadata, uid } };
    const { scale: sent, managedFields } = sentScale(request, {
      ...{ parent: stored, apiVersion: stored.apiVersion ?? '', replicasPath: ['spec', 'replicas'] },
      ...{ current: scaleOf(stored), manager: request.fieldManager ?? '', now },
    });
    const replicas = (sent.spec as { replicas?: number } | undefined)?.replicas ?? 0;
    const errors = [
      ...validateObjectMeta(sent, spokenKind(SCALE, true)),
      ...(replicas < 0 ? [invalid('spec.replicas', replicas, 'must be greater than or equal to 0')] : []),
    ];
    if (errors.length > 0) throw invalidObject(SCALE, name, errors);
    if (sent.metadata.uid && sent.metadata.uid !== stored.metadata.uid) {
      const why = `Precondition failed: UID in precondition: ${sent.metadata.uid}, UID in object meta: ${stored.metadata.uid}`;
      throw conflict({ group: definition.group, plural: `${definition.plural}/scale` }, name, why);
    }
    const metadata = { ...stored.metadata, managedFields, resourceVersion: sent.metadata.resourceVersion ?? '' };
    return { ...stored, metadata, spec: { ...(stored.spec as object), replicas } };
  };
  const updated = cluster.registry.update(definition, { namespace, name }, change, {
    user,
    now,
    dryRun,
    subresource: 'scale',
  });
  return { code: 200, body: scaleOf(updated), warnings: definition.strategy.warnings?.(updated, before) ?? [] };
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
