import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import type { AdmissionAttributes } from '../admission/attributes.ts';
import { checkNamespaceLifecycle } from '../admission/namespace-lifecycle.ts';
import { QuotaAdmission } from '../admission/resource-quota.ts';
import type { ReviewedWrite } from '../admission/webhooks/webhook.ts';
import { WebhookAdmission } from '../admission/webhooks/webhook-admission.ts';
import { API_SERVER } from '../controllers/controller.ts';
import { usedUnder } from '../controllers/quota-usage.ts';
import type { ClusterServices } from '../resources/resource-definition.ts';
import type { Storage, Stored } from '../storage/storage.ts';
import type { AdmissionChain } from './admission-chain.ts';

/** The plugins that every write of a request goes through, in the order of Kubernetes. `close` ends connections to webhooks. */
export function admissionOf({
  storage,
  cluster,
  now,
}: {
  readonly storage: Storage;
  readonly cluster: ClusterServices;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}): AdmissionChain & { close(): void } {
  const webhooks = new WebhookAdmission({ storage, cluster: () => cluster });
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
  const admitQuota = (attributes: ReviewedWrite, object: DeepReadonly<KubeObject> | undefined): undefined => {
    if (attributes.operation === 'DELETE') return;
    quotas.admit(withObject(attributes, object), { storage, cluster, now: new Date(now()) }, charge);
  };

  function mutate(attributes: ReviewedWrite, object: KubeObject): KubeObject | Promise<KubeObject>;
  function mutate(attributes: ReviewedWrite, object: undefined): undefined | Promise<undefined>;
  function mutate(attributes: ReviewedWrite, object: KubeObject | undefined): unknown {
    checkNamespaceLifecycle(withObject(attributes, object), storage);
    return webhooks.mutate(attributes, object);
  }
  return {
    get asksOutside() {
      return webhooks.hasWebhooks;
    },
    mutate,
    validate(attributes, object) {
      const asked = webhooks.validate(attributes, object);
      if (asked === undefined) return admitQuota(attributes, object);
      return asked.then(() => admitQuota(attributes, object));
    },
    close: () => webhooks.close(),
  };
}

/** Field by field, not by spreading: every write comes by here. */
function withObject(
  { operation, definition, subresource, namespace, name, oldObject, dryRun }: ReviewedWrite,
  object: DeepReadonly<KubeObject> | undefined,
): AdmissionAttributes {
  return { operation, definition, subresource, namespace, name, object, oldObject, dryRun };
}
