import isEqual from 'lodash/isEqual.js';
import type { DeepReadonly, KubeObject, LabelSelector } from '../../../../apis/meta/v1.ts';
import { matches } from '../../../../controller/kube/label-selector.ts';
import type { PolicyRule } from '../resources/authorizer.ts';
import type { Storage } from '../storage/storage.ts';
import { CLUSTER_ROLES, rulesIn } from './rbac-authorizer.ts';

/**
 * The rules that a ClusterRole with an aggregationRule has to have, gathered from the ClusterRoles that it selects;
 * `undefined`: it has none, or has just these. Kubernetes: `clusterroleaggregation`.
 */
export function aggregatedRules(role: DeepReadonly<KubeObject>, storage: Storage): readonly PolicyRule[] | undefined {
  const rule = role.aggregationRule as { readonly clusterRoleSelectors?: readonly LabelSelector[] } | undefined | null;
  if (!rule) return undefined;
  const gathered: PolicyRule[] = [];
  for (const selector of rule.clusterRoleSelectors ?? []) {
    for (const { name, object } of storage.list(CLUSTER_ROLES)) {
      if (name === role.metadata.name || !matches(selector, object.metadata.labels)) continue;
      for (const own of rulesIn(object)) {
        if (!gathered.some((known) => isEqual(known, own))) gathered.push(own);
      }
    }
  }
  return isEqual(gathered, rulesIn(role)) ? undefined : gathered;
}
