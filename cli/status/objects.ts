import { type FederatedTypeConfig, isNamespaceType } from '../../apis/core/v1beta1/federated-type-config.ts';
import { type FederatedObject, PROPAGATION_CONDITION } from '../../apis/types/v1beta1/federated-object.ts';
import { asksToFollow } from '../../controller/following/followed-namespaces.ts';
import type { ObjectReport, Propagation } from './model.ts';

/** What the controller wrote about a federated object, and whether it still holds. */
export function objectReport(object: FederatedObject, config: FederatedTypeConfig): ObjectReport {
  const { metadata, status } = object;
  const condition = status?.conditions?.find(({ type }) => type === PROPAGATION_CONDITION);
  const propagation = propagationOf(object, config, condition?.status);
  // `CheckClusters` only says that the reason stands with a cluster.
  const reason = condition?.status === 'False' && condition.reason !== 'CheckClusters' ? condition.reason : undefined;
  return {
    kind: config.spec.targetType.kind,
    type: config.metadata.name ?? '',
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    name: metadata.name ?? '',
    propagation,
    ...(isNamespaceType(config) && asksToFollow(object) ? { follows: true as const } : {}),
    ...(reason === undefined || reason === '' ? {} : { reason }),
    ...(reason === undefined || condition?.message === undefined ? {} : { message: condition.message }),
    clusters: (status?.clusters ?? [])
      .map(({ name, status: word = '', message }) => ({
        name,
        ok: word === '',
        ...(word === '' ? {} : { status: word }),
        ...(message === undefined || message === '' ? {} : { message }),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function propagationOf(
  { metadata, status }: FederatedObject,
  config: FederatedTypeConfig,
  verdict: string | undefined,
): Propagation {
  if (metadata.deletionTimestamp !== undefined) return 'Deleting';
  if (config.spec.propagation === 'Disabled') return 'Disabled';
  if (verdict === undefined || (status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) return 'Pending';
  return verdict === 'True' ? 'True' : 'False';
}
