import {
  FEDERATED_TYPE_CONFIGS,
  type FederatedTypeConfig,
  targetResourceOf,
} from '../../apis/core/v1beta1/federated-type-config.ts';
import type { Client } from '../kube/client.ts';
import { isNotFound } from '../kube/errors.ts';
import type { GrantedType } from './role.ts';

/** The type configs of a control plane; none where the kind is not served. */
export async function readTypeConfigs(
  host: Client,
  namespace: string,
  signal: AbortSignal,
): Promise<FederatedTypeConfig[]> {
  try {
    return (await host.listAll<FederatedTypeConfig>(FEDERATED_TYPE_CONFIGS, { namespace, signal })).items;
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/** The kinds that are propagated, in a control plane of this scope: what a member's role has to cover. */
export function enabledTypes(
  configs: readonly FederatedTypeConfig[],
  { scope }: { readonly scope: 'Cluster' | 'Namespaced' },
): GrantedType[] {
  return configs
    .filter(({ spec }) => spec.propagation === 'Enabled')
    .filter(({ spec }) => scope === 'Cluster' || spec.targetType.scope === 'Namespaced')
    .map(targetResourceOf)
    .map(({ group, plural }) => ({ group, plural }));
}
