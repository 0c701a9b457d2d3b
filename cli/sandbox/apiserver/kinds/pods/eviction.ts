import type { KubeObject } from '../../../../../apis/meta/v1.ts';
import { rfc3339 } from '../../../../../controller/time/rfc3339.ts';
import { invalid as invalidValue } from '../../errors/field-errors.ts';
import { badRequest, bareFailure, invalid, notFound } from '../../errors/status-error.ts';
import { checkPreconditions, type DeleteOptions } from '../../registry/deletion.ts';
import type { ActionAnswer, ActionRequest, Subresource, WriteContext } from '../../resources/resource-definition.ts';
import { type Pod, spendBudget } from './disruption-budget.ts';
import { SUCCESS } from './pod-actions.ts';

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
  readonly deleteOptions?: Asked;
}

interface Asked extends Pick<DeleteOptions, 'gracePeriodSeconds' | 'propagationPolicy'> {
  readonly orphanDependents?: boolean;
  readonly preconditions?: Pick<DeleteOptions, 'uid' | 'resourceVersion'>;
  readonly dryRun?: readonly string[];
  readonly ignoreStoreReadErrorWithClusterBreakingPotential?: boolean;
}

function evict({ definition, namespace, name, body, query }: ActionRequest, context: WriteContext): ActionAnswer {
  const { metadata, deleteOptions } = body as SentEviction;
  if (metadata?.name !== name) throw badRequest('name in URL does not match name in Eviction object');
  const asked = deleteOptions ?? {};
  if (asked.ignoreStoreReadErrorWithClusterBreakingPotential === true) throw neverUnread(name);
  const dryRun = isDry(query.getAll('dryRun'), asked.dryRun ?? []);
  const stored = context.storage.get(definition.storageKey, namespace, name);
  if (stored === undefined) throw notFound(definition, name);
  spendBudget(stored.object as unknown as Pod, context, dryRun);

  const { user, now, cluster } = context;
  const ref = { namespace, name };
  checkPreconditions(definition, stored.object, asked.preconditions ?? {});
  if (!dryRun) {
    cluster.registry.update(definition, ref, (pod) => targeted(pod, now), { user, now, subresource: 'status' });
  }
  // Without the preconditions: the Pod has just moved on from the state that was asked for.
  cluster.registry.delete(definition, ref, { user, now, dryRun, ...howToDelete(asked) });
  return SUCCESS;
}

function howToDelete({ gracePeriodSeconds, propagationPolicy, orphanDependents }: Asked): DeleteOptions {
  const implied = orphanDependents === undefined ? undefined : orphanDependents ? 'Orphan' : 'Background';
  const policy = propagationPolicy ?? implied;
  return {
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(policy === undefined ? {} : { propagationPolicy: policy }),
  };
}

/** Asked of the request or of the deletion in it; not of each in another way. */
function isDry(ofRequest: readonly string[], ofDeletion: readonly string[]): boolean {
  if (ofRequest.length > 0 && ofDeletion.length > 0 && ofRequest.join(' ') !== ofDeletion.join(' ')) {
    const [one, other] = [ofRequest.join(' '), ofDeletion.join(' ')];
    throw bareFailure(`Non-matching dry-run options in request and content: [${one}] and [${other}]`);
  }
  return ofRequest.length > 0 || ofDeletion.length > 0;
}

function neverUnread(name: string): Error {
  const field = 'deleteOptions.ignoreStoreReadErrorWithClusterBreakingPotential';
  const why = 'can not be set for pod eviction, try after removing the option';
  return invalid({ group: 'policy', kind: 'Eviction' }, name, [invalidValue(field, true, why)]);
}

/** So that whoever looks at the Pod later knows why it went. */
function targeted(pod: KubeObject, now: Date): KubeObject {
  const { conditions = [], ...status } = (pod.status ?? {}) as { conditions?: { type: string }[] };
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: rfc3339(now),
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  };
  return {
    ...pod,
    status: { ...status, conditions: [...conditions.filter(({ type }) => type !== condition.type), condition] },
  };
}
