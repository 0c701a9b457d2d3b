import { CUSTOM_RESOURCE_DEFINITIONS, type CustomResourceDefinition } from '../../../apis/apiextensions/v1.ts';
import { FEDERATED_TYPE_CONFIGS } from '../../../apis/core/v1beta1/federated-type-config.ts';
import { KUBEFED_CLUSTERS } from '../../../apis/core/v1beta1/kubefed-cluster.ts';
import { KUBEFED_CONFIGS, type KubeFedConfig } from '../../../apis/core/v1beta1/kubefed-config.ts';
import type { KubeObject } from '../../../apis/meta/v1.ts';
import { KUBEFED_TYPES, typeConfigOf } from '../../../apis/types/v1beta1/known-types.ts';
import type { Secret } from '../../../controller/clusters/endpoint.ts';
import { SECRETS } from '../../../controller/kube/core-kinds.ts';
import { CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES } from '../../../controller/membership/kinds.ts';
import { rfc3339 } from '../../../controller/time/rfc3339.ts';
import { MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS } from '../../../controller/webhook/webhook-configurations.ts';
import { type Cluster, until } from '../cluster.ts';
import type { ControlPlane } from '../control-planes.ts';
import { DEPLOYMENTS, NAMESPACES, SERVICE_ACCOUNTS, SERVICES } from '../kinds.ts';
import { kubeFedCrds } from './crds.ts';

/** KubeFed v0.10.0 on a host and its members, as its chart and `kubefedctl join` leave it; its Pods do not run. */

export const NAMESPACE = 'kube-federation-system';
const IMAGE = 'quay.io/kubernetes-multicluster/kubefed:v0.10.0';

export async function installKubeFed(host: Cluster): Promise<void> {
  await host.create(NAMESPACES, object('v1', 'Namespace', { name: NAMESPACE }));
  for (const crd of kubeFedCrds()) await host.create(CUSTOM_RESOURCE_DEFINITIONS, crd);
  for (const crd of kubeFedCrds()) {
    await host.until(CUSTOM_RESOURCE_DEFINITIONS, { name: crd.metadata.name ?? '' }, (now) =>
      ((now as CustomResourceDefinition).status?.conditions ?? []).some(
        ({ type, status }) => type === 'Established' && status === 'True',
      ),
    );
  }
  await until(
    'the new kinds to be served',
    () => host.find(KUBEFED_CONFIGS, { name: 'x', namespace: NAMESPACE }).then(() => host.list(FEDERATED_TYPE_CONFIGS)),
    () => true,
  );
  await host.create<KubeFedConfig>(KUBEFED_CONFIGS, CONFIG);
  for (const type of KUBEFED_TYPES) {
    const config = typeConfigOf(type);
    await host.create(FEDERATED_TYPE_CONFIGS, {
      ...config,
      metadata: { ...config.metadata, namespace: NAMESPACE, finalizers: ['core.kubefed.io/federated-type-config'] },
    });
  }
  await host.create(SERVICES, {
    ...object('v1', 'Service', { name: 'kubefed-admission-webhook', namespace: NAMESPACE }),
    spec: { selector: { 'kubefed-admission-webhook': 'true' }, ports: [{ port: 443, targetPort: 8443 }] },
  } as KubeObject);
  await host.create(DEPLOYMENTS, deployment('kubefed-controller-manager', 2));
  await host.create(DEPLOYMENTS, deployment('kubefed-admission-webhook', 1));
}

/** With nobody behind them, so last: from now on nothing of `core.kubefed.io` can be written. */
export async function registerKubeFedWebhooks(host: Cluster): Promise<void> {
  await host.create(MUTATING_WEBHOOKS, {
    ...object('admissionregistration.k8s.io/v1', MUTATING_WEBHOOKS.kind, { name: 'mutation.core.kubefed.io' }),
    webhooks: [webhook('kubefedconfigs', '/default-kubefedconfig', ['kubefedconfigs'], ['CREATE'])],
  } as KubeObject);
  const writes = ['CREATE', 'UPDATE'];
  await host.create(VALIDATING_WEBHOOKS, {
    ...object('admissionregistration.k8s.io/v1', VALIDATING_WEBHOOKS.kind, {
      name: 'validations.core.kubefed.io',
      labels: { 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: { 'meta.helm.sh/release-name': 'kubefed' },
    }),
    webhooks: [
      webhook(
        'federatedtypeconfigs',
        '/validate-federatedtypeconfigs',
        ['federatedtypeconfigs', 'federatedtypeconfigs/status'],
        writes,
      ),
      webhook('kubefedclusters', '/validate-kubefedcluster', ['kubefedclusters', 'kubefedclusters/status'], writes),
      webhook('kubefedconfigs', '/validate-kubefedconfig', ['kubefedconfigs'], writes),
    ],
  } as KubeObject);
}

/** What `kubefedctl join` writes in the member and on the host. */
export async function joinAsKubeFed(
  host: Cluster,
  member: Cluster,
  plane: ControlPlane,
  options: { ready?: boolean } = {},
): Promise<void> {
  const name = `${member.name}-host`;
  await member.create(NAMESPACES, object('v1', 'Namespace', { name: NAMESPACE }));
  await member.create(SERVICE_ACCOUNTS, {
    ...object('v1', 'ServiceAccount', { name, namespace: NAMESPACE }),
    automountServiceAccountToken: false,
  } as KubeObject);
  await member.create(SECRETS, {
    ...object('v1', 'Secret', {
      name,
      namespace: NAMESPACE,
      annotations: { 'kubernetes.io/service-account.name': name },
    }),
    type: 'kubernetes.io/service-account-token',
  } as KubeObject);
  const role = `kubefed-controller-manager:${name}`;
  await member.create(CLUSTER_ROLES, {
    ...object('rbac.authorization.k8s.io/v1', 'ClusterRole', { name: role }),
    rules: [
      { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
      { nonResourceURLs: ['*'], verbs: ['get'] },
    ],
  } as KubeObject);
  await member.create(CLUSTER_ROLE_BINDINGS, {
    ...object('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', { name: role }),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', name, namespace: NAMESPACE }],
  } as KubeObject);
  const secret = (await member.until(
    SECRETS,
    { name, namespace: NAMESPACE },
    (now) => (now as Secret).data?.token !== undefined,
  )) as Secret;
  const secretName = `${member.name}-xk9f2`;
  await host.create(SECRETS, {
    ...object('v1', 'Secret', { name: secretName, namespace: NAMESPACE }),
    data: { token: secret.data?.token },
  } as KubeObject);
  await host.create(KUBEFED_CLUSTERS, {
    ...object('core.kubefed.io/v1beta1', 'KubeFedCluster', { name: member.name, namespace: NAMESPACE }),
    spec: {
      apiEndpoint: plane.server,
      caBundle: Buffer.from(plane.caPem).toString('base64'),
      secretRef: { name: secretName },
    },
  } as KubeObject);
  if (options.ready === false) return;
  const now = rfc3339(Date.now());
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'ClusterReady',
    message: '/healthz responded with ok',
    lastProbeTime: now,
    lastTransitionTime: now,
  };
  await host.patch(
    KUBEFED_CLUSTERS,
    { name: member.name, namespace: NAMESPACE },
    { status: { conditions: [ready] } },
    'status',
  );
}

const CONFIG: KubeFedConfig = {
  apiVersion: 'core.kubefed.io/v1beta1',
  kind: 'KubeFedConfig',
  metadata: { name: 'kubefed', namespace: NAMESPACE },
  spec: {
    scope: 'Cluster',
    controllerDuration: { availableDelay: '20s', unavailableDelay: '60s', cacheSyncTimeout: '5m' },
    leaderElect: { leaseDuration: '15s', renewDeadline: '10s', retryPeriod: '5s', resourceLock: 'configmaps' },
    clusterHealthCheck: { period: '10s', failureThreshold: 3, successThreshold: 1, timeout: '3s' },
    syncController: { maxConcurrentReconciles: 1, adoptResources: 'Enabled' },
    statusController: { maxConcurrentReconciles: 1 },
    featureGates: [
      { name: 'PushReconciler', configuration: 'Enabled' },
      { name: 'RawResourceStatusCollection', configuration: 'Disabled' },
      { name: 'SchedulerPreferences', configuration: 'Enabled' },
    ],
  },
};

function object(apiVersion: string, kind: string, metadata: KubeObject['metadata']): KubeObject {
  return { apiVersion, kind, metadata };
}

function deployment(name: string, replicas: number): KubeObject {
  const labels = { app: name };
  return {
    ...object('apps/v1', 'Deployment', { name, namespace: NAMESPACE, labels }),
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'controller-manager', image: IMAGE }] } },
    },
  } as KubeObject;
}

function webhook(name: string, path: string, resources: string[], operations: string[]): object {
  return {
    name: `${name}.core.kubefed.io`,
    admissionReviewVersions: ['v1'],
    clientConfig: {
      service: { namespace: NAMESPACE, name: 'kubefed-admission-webhook', path },
      caBundle: Buffer.from('-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n').toString('base64'),
    },
    rules: [{ operations, apiGroups: ['core.kubefed.io'], apiVersions: ['v1beta1'], resources }],
    failurePolicy: 'Fail',
    sideEffects: 'None',
  };
}
