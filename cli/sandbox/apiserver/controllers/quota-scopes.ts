import type { V1Pod, V1PodAffinityTerm, V1ScopedResourceSelectorRequirement } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../apis/meta/v1.ts';

type Pod = DeepReadonly<V1Pod>;
type Requirement = DeepReadonly<V1ScopedResourceSelectorRequirement>;

export interface QuotaSpec {
  readonly hard?: Readonly<Record<string, string>>;
  readonly scopes?: readonly string[];
  readonly scopeSelector?: { readonly matchExpressions?: readonly Requirement[] };
}

/** `spec.scopes` and `spec.scopeSelector` in one list. */
export function scopesOf(spec: QuotaSpec): readonly Requirement[] {
  const plain = (spec.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' }));
  return [...plain, ...(spec.scopeSelector?.matchExpressions ?? [])];
}

/** Whether a quota of these scopes counts the Pod. Kubernetes: `podMatchesScopeFunc`. */
export function podMatchesScopes(pod: Pod, scopes: readonly Requirement[]): boolean {
  return scopes.every((scope) => matchesScope(pod, scope));
}

function matchesScope(pod: Pod, scope: Requirement): boolean {
  switch (scope.scopeName) {
    case 'Terminating':
      return hasDeadline(pod);
    case 'NotTerminating':
      return !hasDeadline(pod);
    case 'BestEffort':
      return isBestEffort(pod);
    case 'NotBestEffort':
      return !isBestEffort(pod);
    case 'PriorityClass':
      return matchesPriorityClass(pod.spec?.priorityClassName ?? '', scope);
    case 'CrossNamespacePodAffinity':
      return affinityTerms(pod).some(
        ({ namespaces, namespaceSelector }) => (namespaces?.length ?? 0) > 0 || namespaceSelector !== undefined,
      );
    default:
      return false;
  }
}

function matchesPriorityClass(name: string, { operator, values = [] }: Requirement): boolean {
  switch (operator) {
    case 'Exists':
      return name !== '';
    case 'DoesNotExist':
      return name === '';
    case 'In':
      return name !== '' && values.includes(name);
    case 'NotIn':
      return name === '' || !values.includes(name);
    default:
      return false;
  }
}

function hasDeadline({ spec }: Pod): boolean {
  return spec?.activeDeadlineSeconds !== undefined;
}

/** No container asks for CPU or memory, nor is limited in them. */
function isBestEffort({ spec }: Pod): boolean {
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  return containers.every(({ resources }) =>
    [resources?.requests, resources?.limits].every(
      (amounts) => amounts?.cpu === undefined && amounts?.memory === undefined,
    ),
  );
}

function affinityTerms({ spec }: Pod): DeepReadonly<V1PodAffinityTerm>[] {
  return [spec?.affinity?.podAffinity, spec?.affinity?.podAntiAffinity].flatMap((affinity) => [
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
  ]);
}
