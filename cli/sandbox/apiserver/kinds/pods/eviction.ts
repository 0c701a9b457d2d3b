import type { V1Pod, V1PodDisruptionBudget } from '@kubernetes/client-node';
import type { DeepReadonly, KubeObject, LabelSelector } from '../../../../../apis/meta/v1.ts';
import { matches } from '../../../../../controller/kube/label-selector.ts';
import { badRequest, notFound, StatusError } from '../../errors/status-error.ts';
import type { ActionAnswer, ActionRequest, Subresource, WriteContext } from '../../resources/resource-definition.ts';
import type { Typed } from '../built-in-kind.ts';
import { SUCCESS } from './pod-actions.ts';

type Pod = DeepReadonly<Typed<V1Pod>>;
type Budget = DeepReadonly<Typed<V1PodDisruptionBudget>>;

const BUDGETS = 'poddisruptionbudgets.policy';

/** `pods/eviction`: a deletion that a PodDisruptionBudget may refuse. */
export const eviction: Subresource = {
  kind: 'action',
  verbs: ['create'],
  responseKind: { group: 'policy', version: 'v1', kind: 'Eviction' },
  // Older clients still say so, and Kubernetes still takes it.
  accepts: ['policy/v1beta1'],
  handle: evict,
};

interface SentEviction {
  readonly metadata?: { readonly name?: string };
  readonly deleteOptions?: {
    readonly gracePeriodSeconds?: number;
    readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
    readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  };
}

function evict({ definition, namespace, name, body }: ActionRequest, context: WriteContext): ActionAnswer {
  const { metadata, deleteOptions } = body as SentEviction;
  if (metadata?.name !== name) throw badRequest('name in URL does not match name in Eviction object');
  const stored = context.storage.get(definition.storageKey, namespace, name);
  if (stored === undefined) throw notFound(definition, name);
  const pod = stored.object as unknown as Pod;
  if (isProtected(pod)) spendBudget(pod, context);

  const { user, now, dryRun, cluster } = context;
  const ref = { namespace, name };
  if (!dryRun) {
    cluster.registry.update(definition, ref, (pod) => targeted(pod, now), { user, now, subresource: 'status' });
  }
  const { preconditions, ...options } = deleteOptions ?? {};
  cluster.registry.delete(definition, ref, { user, now, dryRun, ...preconditions, ...options });
  return SUCCESS;
}

/** Who has come to an end, has not begun or is going already disrupts nothing. */
function isProtected({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp === undefined && status?.phase === 'Running';
}

/** So that whoever looks at the Pod later knows why it went. */
function targeted(pod: KubeObject, now: Date): KubeObject {
  const { conditions = [], ...status } = (pod.status ?? {}) as { conditions?: { type: string }[] };
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: `${now.toISOString().slice(0, 19)}Z`,
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  };
  return {
    ...pod,
    status: { ...status, conditions: [...conditions.filter(({ type }) => type !== condition.type), condition] },
  };
}

/** One disruption less. @throws {StatusError} 429 when none is left, 500 when several budgets protect the Pod. */
function spendBudget(pod: Pod, context: WriteContext): void {
  const budgets = context.storage
    .list(BUDGETS, pod.metadata.namespace)
    .map(({ object }) => object as unknown as Budget)
    .filter(({ spec }) => matchesPod(spec?.selector as DeepReadonly<LabelSelector> | undefined, pod));
  const [budget, another] = budgets;
  if (budget === undefined) return;
  if (another !== undefined) throw tooManyBudgets();
  const { spec, status } = budget;
  const allowed = status?.disruptionsAllowed ?? 0;
  const healthy = status?.currentHealthy ?? 0;
  const desired = status?.desiredHealthy ?? 0;
  if (!isReady(pod) && (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow' || (healthy >= desired && desired > 0))) {
    return;
  }
  const name = budget.metadata.name ?? '';
  if ((status?.observedGeneration ?? 0) < (budget.metadata.generation ?? 0)) {
    throw refused(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  if (allowed <= 0) {
    const why =
      healthy <= desired
        ? `needs ${desired} healthy pods and has ${healthy} currently`
        : 'does not allow evicting pods currently';
    throw refused(`The disruption budget ${name} ${why}`, undefined);
  }
  const { user, now, dryRun, cluster } = context;
  const definition = cluster.definition('policy', 'v1', 'poddisruptionbudgets');
  if (definition === undefined || dryRun) return;
  const ref = { namespace: budget.metadata.namespace ?? '', name };
  const disruptedPods = { ...status?.disruptedPods, [pod.metadata.name ?? '']: `${now.toISOString().slice(0, 19)}Z` };
  const change = (stored: KubeObject): KubeObject => ({
    ...stored,
    status: { ...(stored.status as object), disruptionsAllowed: allowed - 1, disruptedPods },
  });
  cluster.registry.update(definition, ref, change, { user, now, subresource: 'status' });
}

function matchesPod(selector: DeepReadonly<LabelSelector> | undefined, { metadata }: Pod): boolean {
  return selector !== undefined && matches(selector, metadata.labels);
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

function refused(cause: string, retryAfterSeconds: number | undefined): StatusError {
  return new StatusError(
    {
      kind: 'Status',
      apiVersion: 'v1',
      ...{ metadata: {} },
      status: 'Failure',
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      reason: 'TooManyRequests',
      details: {
        causes: [{ reason: 'DisruptionBudget', message: cause }],
        ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      },
      code: 429,
    },
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
  );
}

function tooManyBudgets(): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    ...{ metadata: {} },
    status: 'Failure',
    message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    code: 500,
  });
}
