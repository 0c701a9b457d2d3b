import type { DeepReadonly } from '../../../../apis/meta/v1.ts';

/** What is left of a namespace's content after everything was told to go. */
export interface RemainingContent {
  /** By `plural.group`. */
  readonly resources: ReadonlyMap<string, number>;
  readonly finalizers: ReadonlyMap<string, number>;
  /** What could not be deleted, and why. */
  readonly failures: readonly string[];
}

export interface NamespaceCondition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly lastTransitionTime: string;
  readonly reason: string;
  readonly message: string;
}

type Finding = Omit<NamespaceCondition, 'lastTransitionTime'>;

const FINE: readonly Finding[] = [
  {
    type: 'NamespaceDeletionDiscoveryFailure',
    status: 'False',
    reason: 'ResourcesDiscovered',
    message: 'All resources successfully discovered',
  },
  {
    type: 'NamespaceDeletionGroupVersionParsingFailure',
    status: 'False',
    reason: 'ParsedGroupVersions',
    message: 'All legacy kube types successfully parsed',
  },
  {
    type: 'NamespaceDeletionContentFailure',
    status: 'False',
    reason: 'ContentDeleted',
    message: 'All content successfully deleted, may be waiting on finalization',
  },
  {
    type: 'NamespaceContentRemaining',
    status: 'False',
    reason: 'ContentRemoved',
    message: 'All content successfully removed',
  },
  {
    type: 'NamespaceFinalizersRemaining',
    status: 'False',
    reason: 'ContentHasNoFinalizers',
    message: 'All content-preserving finalizers finished',
  },
];

/** The conditions of a namespace that is going, in Kubernetes' words. `undefined`: they say it all already. */
export function terminationConditions(
  current: readonly DeepReadonly<NamespaceCondition>[],
  remaining: RemainingContent,
  now: string,
): NamespaceCondition[] | undefined {
  const troubles = findings(remaining);
  const conditions: NamespaceCondition[] = [...current];
  let changed = false;
  for (const fine of FINE) {
    const next = troubles.find(({ type }) => type === fine.type) ?? fine;
    const index = conditions.findIndex(({ type }) => type === fine.type);
    const before = conditions[index];
    if (before === undefined) {
      conditions.push({ ...orderedFirst(next), lastTransitionTime: now, ...rest(next) });
      changed = true;
    } else if (before.status !== next.status || before.reason !== next.reason || before.message !== next.message) {
      const lastTransitionTime = before.status === next.status ? before.lastTransitionTime : now;
      conditions[index] = { ...orderedFirst(next), lastTransitionTime, ...rest(next) };
      changed = true;
    }
  }
  return changed ? conditions : undefined;
}

function findings({ resources, finalizers, failures }: RemainingContent): Finding[] {
  const troubles: Finding[] = [];
  if (failures.length > 0) {
    const message = `Failed to delete all resource types, ${failures.length} remaining: ${[...failures].sort().join(', ')}`;
    const type = 'NamespaceDeletionContentFailure';
    troubles.push({ type, status: 'True', reason: 'ContentDeletionFailed', message });
  }
  if (resources.size > 0) {
    const list = [...resources].map(([resource, count]) => `${resource} has ${count} resource instances`);
    const message = `Some resources are remaining: ${list.sort().join(', ')}`;
    troubles.push({ type: 'NamespaceContentRemaining', status: 'True', reason: 'SomeResourcesRemain', message });
  }
  if (finalizers.size > 0) {
    const list = [...finalizers].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`);
    const message = `Some content in the namespace has finalizers remaining: ${list.sort().join(', ')}`;
    troubles.push({ type: 'NamespaceFinalizersRemaining', status: 'True', reason: 'SomeFinalizersRemain', message });
  }
  return troubles;
}

function orderedFirst({ type, status }: Finding): Pick<Finding, 'type' | 'status'> {
  return { type, status };
}

function rest({ reason, message }: Finding): Pick<Finding, 'reason' | 'message'> {
  return { reason, message };
}
