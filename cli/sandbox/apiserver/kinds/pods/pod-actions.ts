import type { KubeObject } from '../../../../../apis/meta/v1.ts';
import { badRequest, conflict, notFound, notImplemented, type StatusError } from '../../errors/status-error.ts';
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

function bind({ definition, namespace, name, body }: ActionRequest, context: WriteContext): ActionAnswer {
  const { metadata, target } = (body ?? {}) as {
    metadata?: { name?: string; annotations?: Record<string, string> };
    target?: { kind?: string; name?: string };
  };
  if (metadata?.name && metadata.name !== name) {
    throw badRequest('name in URL does not match name in Binding object');
  }
  if (!target?.name) throw badRequest('Required value: target.name');
  const { name: nodeName } = target;
  const time = `${context.now.toISOString().slice(0, 19)}Z`;
  const change = (pod: KubeObject): KubeObject => {
    const spec = pod.spec as { nodeName?: string };
    const refused = (why: string): StatusError => conflict({ group: '', plural: 'pods/binding' }, name, why);
    if (pod.metadata.deletionTimestamp !== undefined) {
      throw refused(`pod ${name} is being deleted, cannot be assigned to a host`);
    }
    if (spec.nodeName) throw refused(`pod ${name} is already assigned to node ${JSON.stringify(spec.nodeName)}`);
    const { conditions = [], ...status } = (pod.status ?? {}) as { conditions?: { type: string }[] };
    const scheduled = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: time };
    return {
      ...pod,
      metadata: { ...pod.metadata, annotations: { ...pod.metadata.annotations, ...metadata?.annotations } },
      spec: { ...spec, nodeName },
      status: { ...status, conditions: [...conditions.filter(({ type }) => type !== scheduled.type), scheduled] },
    };
  };
  const { user, now, dryRun, cluster } = context;
  cluster.registry.update(definition, { namespace, name }, change, { user, now, dryRun, subresource: 'binding' });
  return SUCCESS;
}
