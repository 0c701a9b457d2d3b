import type { Resource } from '../../../apis/meta/resource.ts';
import type { KubeObject } from '../../../apis/meta/v1.ts';
import { DEFAULT_FEDERATED_GROUP, DEFAULT_FEDERATED_VERSION } from '../../../apis/types/v1beta1/federated-type.ts';
import type { ProbeDirectory } from '../probe/directory.ts';

/** Of the probes, on the host and in every member. */
export const PROBE_NAMESPACE = 'fedmesh-probe';
export const PROBE_NAME = 'fedmesh-probe';
export const PROBE_PORT = 8080;
export const PROBE_SERVICE_PORT = 80;

/** The Deployment whose Pod a member's gateway node is to run, and the one for its other nodes. */
const GATEWAY_PROBE = 'fedmesh-probe-gateway';

const LABELS = { 'app.kubernetes.io/name': PROBE_NAME, 'app.kubernetes.io/part-of': 'fedmesh' };
export const PROBE_SELECTOR = `app.kubernetes.io/name=${PROBE_NAME}`;

const TARGETS_DIRECTORY = '/etc/fedmesh-probe';

/** A member that gets probes. */
export interface ProbedMember {
  readonly cluster: string;
  /** Names of its gateway nodes, by preference. Empty: none is known. */
  readonly gatewayNodes: readonly string[];
  /** How many nodes could run a probe. */
  readonly nodes: number;
}

export interface WorkloadInput {
  readonly image: string;
  readonly members: readonly ProbedMember[];
  /** A probe on each node instead of one on a gateway and one on another. */
  readonly allNodes: boolean;
}

/** A federated object, as it is applied on the host. */
export interface FederatedPart {
  readonly resource: Resource;
  readonly object: KubeObject;
}

/** What the probes need but for their list of targets: ordinary federated objects, placed on every member there is and will be. */
export function probeWorkload({ image, members, allNodes }: WorkloadInput): FederatedPart[] {
  const everyNode = allNodes ? members.map(({ cluster, nodes }) => override(cluster, '/spec/replicas', nodes)) : [];
  return [
    federated('Namespace', PROBE_NAMESPACE, { metadata: { labels: { 'app.kubernetes.io/part-of': 'fedmesh' } } }),
    federated('Service', PROBE_NAME, {
      metadata: { labels: LABELS },
      spec: { selector: LABELS, ports: [{ name: 'http', port: PROBE_SERVICE_PORT, targetPort: PROBE_PORT }] },
    }),
    federated(
      'Deployment',
      PROBE_NAME,
      deployment(PROBE_NAME, image, allNodes),
      merged([...members.map(({ cluster }) => named(cluster)), ...everyNode]),
    ),
    federated(
      'Deployment',
      GATEWAY_PROBE,
      deployment(GATEWAY_PROBE, image, false),
      merged([
        ...members.map(({ cluster }) => named(cluster)),
        ...members.flatMap(({ cluster, gatewayNodes }) => preferring(cluster, gatewayNodes)),
      ]),
    ),
  ];
}

/** Whom to ask: the same for all members. */
export function probeTargets(directory: ProbeDirectory): FederatedPart {
  return federated('ConfigMap', PROBE_NAME, {
    metadata: { labels: LABELS },
    data: { 'targets.json': JSON.stringify(directory) },
  });
}

/** In the order in which they go: what is in the namespace first. */
export const WORKLOAD_RESOURCES: readonly { readonly resource: Resource; readonly name: string }[] = [
  { resource: resourceOf('Deployment'), name: PROBE_NAME },
  { resource: resourceOf('Deployment'), name: GATEWAY_PROBE },
  { resource: resourceOf('Service'), name: PROBE_NAME },
  { resource: resourceOf('ConfigMap'), name: PROBE_NAME },
  { resource: resourceOf('Namespace'), name: PROBE_NAMESPACE },
];

type TargetKind = 'Namespace' | 'Deployment' | 'Service' | 'ConfigMap';

function resourceOf(kind: TargetKind): Resource {
  return {
    group: DEFAULT_FEDERATED_GROUP,
    version: DEFAULT_FEDERATED_VERSION,
    kind: `Federated${kind}`,
    plural: `federated${kind.toLowerCase()}s`,
    namespaced: true,
  };
}

interface Override {
  readonly clusterName: string;
  readonly clusterOverrides: readonly { readonly path: string; readonly value: unknown }[];
}

function federated(
  kind: TargetKind,
  name: string,
  template: object,
  overrides: readonly Override[] = [],
): FederatedPart {
  const resource = resourceOf(kind);
  return {
    resource,
    object: {
      apiVersion: `${resource.group}/${resource.version}`,
      kind: resource.kind,
      metadata: { name, namespace: PROBE_NAMESPACE, labels: { 'app.kubernetes.io/part-of': 'fedmesh' } },
      spec: {
        template,
        placement: { clusterSelector: { matchLabels: {} } },
        ...(overrides.length === 0 ? {} : { overrides }),
      },
    } as KubeObject,
  };
}

function deployment(name: string, image: string, everywhere: boolean): object {
  const labels = { ...LABELS, 'app.kubernetes.io/component': name };
  return {
    metadata: { labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 1,
          affinity: { podAntiAffinity: apart(everywhere) },
          // Nodes that others are kept from are part of the network too.
          tolerations: [{ operator: 'Exists', effect: 'NoSchedule' }],
          securityContext: { runAsNonRoot: true, runAsUser: 65_534, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [container(image)],
          volumes: [{ name: 'targets', configMap: { name: PROBE_NAME, optional: true } }],
        },
      },
    },
  };
}

/** On nodes of their own: as far as there are any, or at all. */
function apart(everywhere: boolean): object {
  const key = everywhere ? 'app.kubernetes.io/component' : 'app.kubernetes.io/name';
  const term = { labelSelector: { matchLabels: { [key]: PROBE_NAME } }, topologyKey: 'kubernetes.io/hostname' };
  return everywhere
    ? { requiredDuringSchedulingIgnoredDuringExecution: [term] }
    : { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }] };
}

function container(image: string): object {
  const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  return {
    name: 'probe',
    image,
    args: ['probe'],
    // The first one is each member's own: see `named`.
    env: [
      { name: 'PROBE_CLUSTER', value: 'unnamed' },
      field('PROBE_NODE', 'spec.nodeName'),
      field('PROBE_NONCE', 'metadata.uid'),
      { name: 'PROBE_PORT', value: String(PROBE_PORT) },
      { name: 'PROBE_TARGETS', value: `${TARGETS_DIRECTORY}/targets.json` },
    ],
    ports: [{ name: 'http', containerPort: PROBE_PORT }],
    readinessProbe: { httpGet: { path: '/healthz', port: PROBE_PORT }, periodSeconds: 5 },
    resources: { requests: { cpu: '5m', memory: '48Mi' }, limits: { memory: '96Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [{ name: 'targets', mountPath: TARGETS_DIRECTORY, readOnly: true }],
  };
}

function override(cluster: string, path: string, value: unknown): Override {
  return { clusterName: cluster, clusterOverrides: [{ path, value }] };
}

function named(cluster: string): Override {
  return override(cluster, '/spec/template/spec/containers/0/env/0/value', cluster);
}

/** A gateway that is known gets its probe, as long as it takes one. */
function preferring(cluster: string, gatewayNodes: readonly string[]): Override[] {
  if (gatewayNodes.length === 0) return [];
  const preferred = gatewayNodes.map((node, index) => ({
    weight: Math.max(1, 100 - index),
    preference: { matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] },
  }));
  return [
    override(cluster, '/spec/template/spec/affinity/nodeAffinity', {
      preferredDuringSchedulingIgnoredDuringExecution: preferred,
    }),
  ];
}

/** One entry for each member. */
function merged(overrides: readonly Override[]): Override[] {
  const byCluster = new Map<string, Override>();
  for (const { clusterName, clusterOverrides } of overrides) {
    const before = byCluster.get(clusterName)?.clusterOverrides ?? [];
    byCluster.set(clusterName, { clusterName, clusterOverrides: [...before, ...clusterOverrides] });
  }
  return [...byCluster.values()];
}
