import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { checkNamespaceLifecycle } from '../admission/namespace-lifecycle.ts';
import { QuotaAdmission } from '../admission/resource-quota.ts';
import { API_SERVER } from '../controllers/controller.ts';
import { usedUnder } from '../controllers/quota-usage.ts';
import type { ClusterServices } from '../resources/resource-definition.ts';
import type { Storage, Stored } from '../storage/storage.ts';
import type { AdmissionChain } from './admission-chain.ts';

/** The plugins that every write of a request goes through. */
export function admissionOf({
  storage,
  cluster,
  now,
}: {
  readonly storage: Storage;
  readonly cluster: ClusterServices;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}): AdmissionChain {
  const quotas = new QuotaAdmission(usedUnder);
  const charge = (quota: Stored, used: Readonly<Record<string, string>>): void => {
    const definition = cluster.definitionOfKind('', 'ResourceQuota');
    if (definition === undefined) return;
    const change = (object: KubeObject): KubeObject => ({ ...object, status: { ...(object.status as object), used } });
    cluster.registry.update(definition, quota, change, {
      user: API_SERVER,
      fieldManager: 'kube-apiserver',
      subresource: 'status',
    });
  };
  return {
    mutate(attributes, object) {
      checkNamespaceLifecycle({ ...attributes, object }, storage);
      return object;
    },
    validate(attributes, object) {
      if (attributes.operation === 'DELETE') checkNamespaceLifecycle({ ...attributes, object }, storage);
      else quotas.admit({ ...attributes, object }, { storage, cluster, now: new Date(now()) }, charge);
      return undefined;
    },
  };
}
