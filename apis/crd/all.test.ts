import { describe, expect, test } from 'vitest';
import { lenientValidator, pruned, schemaOf, strictValidator } from '../../test/structural-schema.ts';
import type { CustomResourceDefinition, JsonSchema } from '../apiextensions/v1.ts';
import type { FederatedServiceStatus } from '../core/v1alpha1/federated-service-status.ts';
import type { PropagatedVersion } from '../core/v1alpha1/propagated-version.ts';
import type { DeepReadonly, KubeObject } from '../meta/v1.ts';
import { allCrds } from './all.ts';

const CRDS = allCrds();

function crdOf(kind: string): CustomResourceDefinition {
  const found = CRDS.find((crd) => crd.spec.names.kind === kind);
  if (found === undefined) throw new Error(`no CRD for ${kind}`);
  return found;
}

const PROPAGATED_VERSION: PropagatedVersion = {
  apiVersion: 'core.kubefed.io/v1alpha1',
  kind: 'PropagatedVersion',
  metadata: { name: 'deployment-web', namespace: 'shop' },
  status: {
    templateVersion: '4682012eb72f035cfe2b227efe7ca8c8',
    overridesVersion: '2979b7538b527abe06492021841caf47',
    clusterVersions: [{ clusterName: 'earth', version: 'gen:3' }],
  },
};

const SERVICE_STATUS: FederatedServiceStatus = {
  apiVersion: 'core.kubefed.io/v1alpha1',
  kind: 'FederatedServiceStatus',
  metadata: { name: 'web', namespace: 'shop' },
  clusterStatus: [
    { clusterName: 'earth', status: { loadBalancer: { ingress: [{ ip: '10.0.0.9', ports: [{ port: 80 }] }] } } },
    { clusterName: 'vulcan', status: {} },
  ],
};

/** Objects as KubeFed v0.10.0 and its tools write them. */
const KUBEFED_OBJECTS: KubeObject[] = [
  {
    apiVersion: 'core.kubefed.io/v1beta1',
    kind: 'KubeFedCluster',
    metadata: { name: 'vulcan', namespace: 'kube-federation-system', labels: { burst: 'true' } },
    spec: {
      apiEndpoint: 'https://10.0.0.1:6443',
      caBundle: 'Zm9v',
      secretRef: { name: 'vulcan-x7x4w' },
      disabledTLSValidations: ['*'],
      proxyURL: 'socks5://proxy:1080',
    },
    status: {
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          lastProbeTime: '2023-04-01T10:00:00Z',
          lastTransitionTime: '2023-04-01T09:00:00Z',
          reason: 'ClusterReady',
          message: '/healthz responded with ok',
        },
        { type: 'Offline', status: 'False', lastProbeTime: '2023-04-01T10:00:00Z' },
      ],
      kubernetesVersion: 'v1.23.5',
      region: 'eu',
      zones: ['eu-1'],
    },
  },
  {
    apiVersion: 'core.kubefed.io/v1beta1',
    kind: 'KubeFedCluster',
    metadata: { name: 'bare' },
    spec: { apiEndpoint: 'earth:6443', secretRef: { name: 'earth' } },
  },
  {
    apiVersion: 'core.kubefed.io/v1beta1',
    kind: 'KubeFedConfig',
    metadata: { name: 'kubefed', namespace: 'kube-federation-system' },
    spec: {
      scope: 'Cluster',
      controllerDuration: { availableDelay: '20s', unavailableDelay: '1m0s', cacheSyncTimeout: '5m0s' },
      leaderElect: { leaseDuration: '15s', renewDeadline: '10s', retryPeriod: '5s', resourceLock: 'configmaps' },
      featureGates: [{ name: 'PushReconciler', configuration: 'Enabled' }],
      clusterHealthCheck: { period: '10s', failureThreshold: 3, successThreshold: 1, timeout: '3s' },
      syncController: { maxConcurrentReconciles: 1, adoptResources: 'Enabled' },
      statusController: { maxConcurrentReconciles: 1 },
    },
  },
  {
    apiVersion: 'core.kubefed.io/v1beta1',
    kind: 'FederatedTypeConfig',
    metadata: { name: 'services', finalizers: ['core.kubefed.io/federated-type-config'] },
    spec: {
      targetType: { version: 'v1', kind: 'Service', pluralName: 'services', scope: 'Namespaced' },
      propagation: 'Enabled',
      federatedType: {
        group: 'types.kubefed.io',
        version: 'v1beta1',
        kind: 'FederatedService',
        pluralName: 'federatedservices',
        scope: 'Namespaced',
      },
      statusType: {
        group: 'core.kubefed.io',
        version: 'v1alpha1',
        kind: 'FederatedServiceStatus',
        pluralName: 'federatedservicestatuses',
        scope: 'Namespaced',
      },
      statusCollection: 'Enabled',
    },
    status: { observedGeneration: 1, propagationController: 'Running', statusController: 'Running' },
  },
  PROPAGATED_VERSION,
  {
    apiVersion: 'core.kubefed.io/v1alpha1',
    kind: 'ClusterPropagatedVersion',
    metadata: { name: 'clusterrole-view' },
    status: { templateVersion: '', overridesVersion: '' },
  },
  SERVICE_STATUS,
  {
    apiVersion: 'scheduling.kubefed.io/v1alpha1',
    kind: 'ReplicaSchedulingPreference',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      targetKind: 'FederatedDeployment',
      totalReplicas: 9,
      rebalance: true,
      intersectWithClusterSelector: true,
      clusters: { '*': { weight: 1 }, vulcan: { minReplicas: 1, maxReplicas: 4, weight: 2 } },
    },
    status: {},
  },
  {
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: 'FederatedDeployment',
    metadata: { name: 'web', namespace: 'shop', annotations: { 'kubefed.io/orphan': 'true' } },
    spec: {
      template: { metadata: { labels: { app: 'web' } }, spec: { replicas: 3, anything: { at: ['all'] } } },
      placement: {
        clusters: [{ name: 'earth' }],
        clusterSelector: { matchLabels: {}, matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] },
      },
      overrides: [
        {
          clusterName: 'earth',
          clusterOverrides: [
            { path: '/spec/replicas', value: 5 },
            { op: 'add', path: '/metadata/labels/x', value: 'y' },
            { op: 'add', path: '/spec/list', value: [1, { a: null }] },
            { op: 'remove', path: '/spec/flag', value: true },
            { op: '', path: '/spec/ratio', value: 0.5 },
          ],
        },
      ],
      retainReplicas: true,
    },
    status: {
      observedGeneration: 2,
      conditions: [
        {
          type: 'Propagation',
          status: 'False',
          reason: 'CheckClusters',
          lastUpdateTime: '2023-04-01T10:00:00Z',
          lastTransitionTime: '2023-04-01T10:00:00Z',
        },
      ],
      clusters: [{ name: 'earth', status: 'ClusterNotReady', remoteStatus: { readyReplicas: 1 } }, { name: 'vulcan' }],
    },
  },
  { apiVersion: 'types.kubefed.io/v1beta1', kind: 'FederatedSecret', metadata: { name: 'empty' }, spec: {} },
];

describe('objects that KubeFed wrote', () => {
  test.each(KUBEFED_OBJECTS.map((object) => [`${object.kind} ${object.metadata.name}`, object] as const))(
    '%s loads unchanged',
    (_, object) => {
      const schema = schemaOf(crdOf(object.kind ?? ''));
      const validate = strictValidator(schema);
      validate(object);
      expect(validate.errors ?? []).toEqual([]);
      const { metadata, ...rest } = object;
      expect(pruned(schema, rest)).toEqual(rest);
      expect(metadata.name).toBeDefined();
    },
  );

  test('the one pattern that KubeFed has is there: an operation is add, remove, replace or nothing', () => {
    const validate = lenientValidator(schemaOf(crdOf('FederatedDeployment')));
    const withOperation = (op: string) => ({
      spec: { overrides: [{ clusterName: 'a', clusterOverrides: [{ op, path: '/a' }] }] },
    });
    expect(validate(withOperation('replace'))).toBe(true);
    expect(validate(withOperation('move'))).toBe(false);
  });

  test('a federated object without a spec is refused', () => {
    expect(lenientValidator(schemaOf(crdOf('FederatedConfigMap')))({ metadata: { name: 'x' } })).toBe(false);
  });
});

describe('what Fedmesh adds is kept', () => {
  test('in the status of a federated object', () => {
    const status = {
      clusterSummary: '1/2',
      conditions: [{ type: 'DriftContested', status: 'True', message: 'argocd writes it too' }],
      clusters: [{ name: 'earth', status: 'UpdateFailed', message: 'forbidden: update deployments' }],
      propagatedVersion: {
        templateVersion: 'a',
        overridesVersion: 'b',
        clusterVersions: [{ clusterName: 'earth', version: 'gen:1' }],
      },
    };
    const schema = schemaOf(crdOf('FederatedDeployment'));
    expect(strictValidator(schema)({ spec: {}, status })).toBe(true);
  });

  test('on a member, and in the config', () => {
    const spec = { apiEndpoint: 'https://a', secretRef: { name: 'a' }, tlsServerName: 'kubernetes' };
    expect(strictValidator(schemaOf(crdOf('KubeFedCluster')))({ spec })).toBe(true);
    const config = { scope: 'Cluster', syncController: { adoptResources: 'IfNoDiff' } };
    expect(strictValidator(schemaOf(crdOf('KubeFedConfig')))({ spec: config })).toBe(true);
  });
});

describe('the table that kubectl prints', () => {
  const columnsOf = (kind: string) =>
    crdOf(kind).spec.versions[0]?.additionalPrinterColumns?.map((column) => column.name);

  test("members have KubeFed's columns in KubeFed's order, and after them whether they are cordoned", () => {
    expect(columnsOf('KubeFedCluster')).toEqual(['age', 'ready', 'kubernetes-version', 'unschedulable']);
  });

  test('federated objects say whether they are propagated, and to how many clusters', () => {
    expect(columnsOf('FederatedService')).toEqual(['propagation', 'clusters', 'reason', 'age']);
  });
});

describe('every schema is structural', () => {
  test.each(CRDS.map((crd) => [crd.metadata.name ?? '', crd] as const))('%s', (_, crd) => {
    expect([...unstructured(schemaOf(crd), '')]).toEqual([]);
  });
});

/** The rules of apiextensions.k8s.io/v1 that these schemas could break. */
function* unstructured(schema: DeepReadonly<JsonSchema>, path: string): Generator<string> {
  const keepsUnknown = schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (schema.type === undefined && !keepsUnknown) yield `${path} has no type`;
  if (schema.properties !== undefined && schema.additionalProperties !== undefined) yield `${path} is map and object`;
  if (schema.type === 'array' && schema.items === undefined) yield `${path} has no items`;
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    yield* unstructured(property, `${path}.${name}`);
  for (const name of schema.required ?? []) {
    if (schema.properties?.[name] === undefined) yield `${path} requires ${name}, which it does not know`;
  }
  if (schema.items !== undefined) yield* unstructured(schema.items, `${path}[]`);
  if (typeof schema.additionalProperties === 'object') yield* unstructured(schema.additionalProperties, `${path}.*`);
}
