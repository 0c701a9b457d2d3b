import type { V1Condition, V1Pod, V1PodDisruptionBudget } from '@kubernetes/client-node';
import type { DeepReadonly, KubeObject, LabelSelector } from '../../../../../apis/meta/v1.ts';
import { matches } from '../../../../../controller/kube/label-selector.ts';
import { rfc3339 } from '../../../../../controller/time/rfc3339.ts';
import { bareFailure, forbidden, StatusError } from '../../errors/status-error.ts';
import type { WriteContext } from '../../resources/resource-definition.ts';
import type { Typed } from '../built-in-kind.ts';

export type Pod = DeepReadonly<Typed<V1Pod>>;
type Budget = DeepReadonly<Typed<V1PodDisruptionBudget>>;
type Condition = DeepReadonly<V1Condition>;

const BUDGETS = 'poddisruptionbudgets.policy';
/** Evictions that the controller of budgets has not seen the end of. */
const MAX_UNCONFIRMED = 2000;

/**
 * One disruption less, of the budget that protects this Pod.
 *
 * @throws {StatusError} 429 when none is left, 403 when too many are under way, 500 when several budgets protect the Pod.
 */
export function spendBudget(pod: Pod, context: WriteContext, dryRun: boolean): void {
  if (isUndisturbed(pod)) return;
  const budgets = context.storage
    .list(BUDGETS, pod.metadata.namespace)
    .map(({ object }) => object as unknown as Budget)
    .filter(({ spec }) => matchesPod(spec?.selector as DeepReadonly<LabelSelector> | undefined, pod));
  const [budget, another] = budgets;
  if (budget === undefined) return;
  if (another !== undefined) {
    throw bareFailure(
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  if (!isReady(pod) && mayLoseUnready(budget)) return;
  const allowed = allowedBy(budget) - 1;
  if (!dryRun) record(budget, pod, allowed, context);
}

/** Who has come to an end, has not begun or is going already disrupts nothing. */
function isUndisturbed({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined || ['Succeeded', 'Failed', 'Pending'].includes(status?.phase ?? '');
}

/** What is not ready does not count towards those that are to stay. */
function mayLoseUnready({ spec, status }: Budget): boolean {
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow' || (currentHealthy >= desiredHealthy && desiredHealthy > 0);
}

function allowedBy({ metadata, status }: Budget): number {
  const { name = '', generation = 0 } = metadata;
  const { observedGeneration = 0, disruptionsAllowed = 0, disruptedPods = {} } = status ?? {};
  if (observedGeneration < generation) {
    throw refused(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  if (Object.keys(disruptedPods).length > MAX_UNCONFIRMED) {
    const why = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller';
    throw forbidden({ group: 'policy', plural: 'poddisruptionbudget' }, name, why);
  }
  if (disruptionsAllowed === 0) throw refused(`The disruption budget ${name} ${whyNone(status)}`, undefined);
  return disruptionsAllowed;
}

function whyNone(status: Budget['status']): string {
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  const condition = status?.conditions?.find(({ type }) => type === 'DisruptionAllowed');
  const told = condition?.status === 'False' ? condition.message : '';
  if (told && condition?.reason === 'SyncFailed') {
    return `does not allow evicting pods currently because it failed sync: ${told}`;
  }
  if (currentHealthy <= desiredHealthy)
    return `needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  return `does not allow evicting pods currently${told ? ` (${condition?.reason}): ${told}` : ''}`;
}

/** Tells the controller of budgets who is about to go, so that it does not count on it. */
function record(budget: Budget, pod: Pod, disruptionsAllowed: number, context: WriteContext): void {
  const { user, now, cluster } = context;
  const definition = cluster.definition('policy', 'v1', 'poddisruptionbudgets');
  if (definition === undefined) return;
  const { status, metadata } = budget;
  const time = rfc3339(now);
  const disruptedPods = { ...status?.disruptedPods, [pod.metadata.name ?? '']: time };
  const conditions = disruptionsAllowed > 0 ? {} : { conditions: withNoneLeft(status, time) };
  const change = (stored: KubeObject): KubeObject => ({
    ...stored,
    status: { ...(stored.status as object), disruptionsAllowed, disruptedPods, ...conditions },
  });
  const ref = { namespace: metadata.namespace ?? '', name: metadata.name ?? '' };
  cluster.registry.update(definition, ref, change, { user, now, subresource: 'status' });
}

function withNoneLeft(status: Budget['status'], time: string): Condition[] {
  const before = status?.conditions ?? [];
  const known = before.find(({ type }) => type === 'DisruptionAllowed');
  const condition = {
    type: 'DisruptionAllowed',
    status: 'False',
    observedGeneration: status?.observedGeneration ?? 0,
    lastTransitionTime: known?.status === 'False' ? known.lastTransitionTime : time,
    reason: 'InsufficientPods',
    message: '',
  } as unknown as Condition;
  return known === undefined ? [...before, condition] : before.map((one) => (one === known ? condition : one));
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
