import type { KubeObject, ObjectMeta } from '../../../../../apis/meta/v1.ts';
import { rfc3339 } from '../../../../../controller/time/rfc3339.ts';
import { notSupported, required } from '../../errors/field-errors.ts';
import {
  badRequest,
  bareFailure,
  conflict,
  notFound,
  notImplemented,
  type StatusError,
} from '../../errors/status-error.ts';
import type {
  ActionAnswer,
  ActionRequest,
  Subresource,
  Verb,
  WriteContext,
} from '../../resources/resource-definition.ts';

/** A metav1.Status that says that all went well. */
export const SUCCESS: ActionAnswer = {
  code: 201,
  body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 },
};

/** `pods/binding`: what a scheduler decides. */
export const binding: Subresource = {
  kind: 'action',
  verbs: ['create'],
  writesFreely: true,
  responseKind: { group: '', version: 'v1', kind: 'Binding' },
  handle: bind,
};

/** What only a kubelet could answer. A Pod without a node has none whom one could ask. */
export function beyondTheServer(what: string, kind: string, verbs: readonly Verb[]): Subresource {
  const connects = verbs.includes('create');
  return {
    kind: 'action',
    verbs,
    responseKind: { group: '', version: 'v1', kind },
    connects,
    handle({ definition, namespace, name }, { storage }) {
      const pod = storage.get(definition.storageKey, namespace, name)?.object;
      if (pod === undefined) throw notFound(definition, name);
      const { nodeName } = (pod.spec ?? {}) as { readonly nodeName?: string };
      if (connects && !nodeName) throw badRequest(`pod ${name} does not have a host assigned`);
      throw notImplemented(what);
    },
  };
}

interface Binding {
  readonly metadata: ObjectMeta;
  readonly target?: { readonly kind?: string; readonly name?: string };
}

function bind({ definition, namespace, name, body }: ActionRequest, context: WriteContext): ActionAnswer {
  const { metadata, target = {} } = body as Binding;
  if (metadata.name !== name) throw badRequest('name in URL does not match name in Binding object');
  const problems = problemsOf(target);
  if (problems.length > 0) throw bareFailure(problems.length === 1 ? problems.join() : `[${problems.join(', ')}]`);
  const { name: nodeName } = target;
  const { uid, resourceVersion } = metadata;
  const time = rfc3339(context.now);
  const change = (pod: KubeObject): KubeObject => {
    // The registry says that it is another one.
    if (uid && uid !== pod.metadata.uid) return { ...pod, metadata: { ...pod.metadata, uid } };
    const spec = pod.spec as { nodeName?: string; schedulingGates?: readonly object[] };
    const refused = (why: string): StatusError => conflict({ group: '', plural: 'pods/binding' }, name, why);
    if (pod.metadata.deletionTimestamp !== undefined) {
      throw refused(`pod ${name} is being deleted, cannot be assigned to a host`);
    }
    if (spec.nodeName) throw refused(`pod ${name} is already assigned to node ${JSON.stringify(spec.nodeName)}`);
    if (spec.schedulingGates?.length) throw refused(`pod ${name} has non-empty .spec.schedulingGates`);
    const { conditions = [], ...status } = (pod.status ?? {}) as { conditions?: { type: string }[] };
    const scheduled = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: time };
    return {
      ...pod,
      metadata: {
        ...pod.metadata,
        ...merged('annotations', pod.metadata, metadata),
        ...merged('labels', pod.metadata, metadata),
        ...(resourceVersion ? { resourceVersion } : {}),
      },
      spec: { ...spec, nodeName },
      status: { ...status, conditions: [...conditions.filter(({ type }) => type !== scheduled.type), scheduled] },
    };
  };
  const { user, now, dryRun, cluster } = context;
  cluster.registry.update(definition, { namespace, name }, change, { user, now, dryRun, subresource: 'binding' });
  return SUCCESS;
}

function problemsOf({ kind, name }: NonNullable<Binding['target']>): string[] {
  return [
    ...(kind && kind !== 'Node' ? [notSupported('target.kind', kind, ['Node', '<empty>'])] : []),
    ...(name ? [] : [required('target.name')]),
  ].map(({ field, message }) => `${field}: ${message}`);
}

/** What the scheduler says of the Pod is said of it from then on. */
function merged(field: 'annotations' | 'labels', pod: ObjectMeta, binding: ObjectMeta): Partial<ObjectMeta> {
  return binding[field] === undefined ? {} : { [field]: { ...pod[field], ...binding[field] } };
}
