import type { V1PodDisruptionBudget } from '@kubernetes/client-node';
import type { DeepReadonly, KubeObject, LabelSelector } from '../../../../../apis/meta/v1.ts';
import { matches } from '../../../../../controller/kube/label-selector.ts';
import { badRequest, conflict, notFound, notImplemented, StatusError } from '../../errors/status-error.ts';
import type {
  ActionAnswer,
  ActionRequest,
  Subresource,
  Verb,
  WriteContext,
} from '../../resources/resource-definition.ts';

const BUDGETS = 'poddisruptionbudgets.policy';
/** A metav1.Status that says that all went well. */
const SUCCESS: ActionAnswer = {
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

/** `pods/eviction`: a deletion that a PodDisruptionBudget may refuse. */
export const eviction: Subresource = {
  kind: 'action',
  verbs: ['create'],
  responseKind: { group: 'policy', version: 'v1', kind: 'Eviction' },
  handle: evict,
};

/** What only a kubelet could answer. */
export function beyondTheServer(what: string, kind: string, verbs: readonly Verb[]): Subresource {
  return {
    kind: 'action',
    verbs,
    responseKind: { group: '', version: 'v1', kind },
    handle({ definition, namespace, name }, { storage }) {
      if (storage.get(definition.storageKey, namespace, name) === undefined) throw notFound(definition, name);
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
    throw badRequest(`name in URL does not match name in Binding object: ${metadata.name}`);
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
  update({ definition, namespace, name }, change, 'binding', context);
  return SUCCESS;
}

function evict({ definition, namespace, name, body }: ActionRequest, context: WriteContext): ActionAnswer {
  const stored = context.storage.get(definition.storageKey, namespace, name);
  if (stored === undefined) throw notFound(definition, name);
  const { metadata, deleteOptions = {} } = (body ?? {}) as {
    metadata?: { name?: string };
    deleteOptions?: {
      gracePeriodSeconds?: number;
      propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
      preconditions?: { uid?: string; resourceVersion?: string };
    };
  };
  if (metadata?.name && metadata.name !== name) {
    throw badRequest(`name in URL does not match name in Eviction object: ${metadata.name}`);
  }
  spendBudget(stored.object, context);
  const { preconditions, gracePeriodSeconds, propagationPolicy } = deleteOptions;
  context.cluster.registry.delete(
    definition,
    { namespace, name },
    {
      user: context.user,
      now: context.now,
      dryRun: context.dryRun,
      ...preconditions,
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    },
  );
  return SUCCESS;
}

/** One disruption less for whoever allows any. @throws {StatusError} 429 when none is left. */
function spendBudget(pod: DeepReadonly<KubeObject>, context: WriteContext): void {
  const { phase } = (pod.status ?? {}) as { phase?: string };
  if (phase === 'Succeeded' || phase === 'Failed' || pod.metadata.deletionTimestamp !== undefined) return;
  for (const { object, name, namespace } of context.storage.list(BUDGETS, pod.metadata.namespace)) {
    const { spec, status } = object as unknown as DeepReadonly<V1PodDisruptionBudget>;
    if (!spec?.selector || !matches(spec.selector as DeepReadonly<LabelSelector>, pod.metadata.labels)) continue;
    const allowed = status?.disruptionsAllowed ?? 0;
    if (allowed <= 0) throw budgetSpent(name, status?.currentHealthy ?? 0, status?.desiredHealthy ?? 0);
    const definition = context.cluster.definition('policy', 'v1', 'poddisruptionbudgets');
    if (definition === undefined) continue;
    const change = (budget: KubeObject): KubeObject => ({
      ...budget,
      status: { ...(budget.status as object), disruptionsAllowed: allowed - 1 },
    });
    update({ definition, namespace, name }, change, 'status', context);
  }
}

function budgetSpent(name: string, healthy: number, desired: number): StatusError {
  const message = "Cannot evict pod as it would violate the pod's disruption budget.";
  const cause = `The disruption budget ${name} needs ${desired} healthy pods and has ${healthy} currently`;
  return new StatusError(
    {
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      message,
      reason: 'TooManyRequests',
      details: { causes: [{ reason: 'DisruptionBudget', message: cause }] },
      code: 429,
    },
    {},
  );
}

function update(
  { definition, namespace, name }: Pick<ActionRequest, 'definition' | 'namespace' | 'name'>,
  change: (stored: KubeObject) => KubeObject,
  subresource: string,
  { user, now, dryRun, cluster }: WriteContext,
): void {
  cluster.registry.update(definition, { namespace, name }, change, { user, now, dryRun, subresource });
}
