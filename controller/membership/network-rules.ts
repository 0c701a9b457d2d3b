import type { MeshProviderName } from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import { NODE_ROUTES_NAME } from '../network/node-routes/manifest.ts';
import type { PolicyRule } from './kinds.ts';

/** Where installers and network plugins write a cluster's ranges down. */
const RANGE_CONFIG_MAPS = ['cilium-config', 'kube-flannel-cfg', 'kube-proxy', 'kubeadm-config', 'ovn-config'];

/**
 * What tells a member's address ranges, as far as it gives away nothing else. Command lines of the control plane and samples of Pods and
 * Services are read only where the federated kinds let them be.
 */
export const NETWORK_RULES: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['nodes'], verbs: ['list'] },
  { apiGroups: ['networking.k8s.io'], resources: ['servicecidrs'], verbs: ['list'] },
  { apiGroups: ['crd.projectcalico.org'], resources: ['ippools'], verbs: ['list'] },
  { apiGroups: ['config.openshift.io'], resources: ['networks'], resourceNames: ['cluster'], verbs: ['get'] },
  { apiGroups: [''], resources: ['configmaps'], resourceNames: RANGE_CONFIG_MAPS, verbs: ['get'] },
];

/**
 * For what probes have found. RBAC knows neither namespaces in a ClusterRole nor Pods whose names are made up, so that this lets its holder
 * send GETs to any Pod: it is granted only where reachability is probed.
 */
export const PROBE_RULE: PolicyRule = { apiGroups: [''], resources: ['pods/proxy'], verbs: ['get'] };

/** What a mesh provider that lives in the members themselves is read by. Granted only while a MeshConfig names it. */
const MESH_RULES: Partial<Record<MeshProviderName, readonly PolicyRule[]>> = {
  submariner: [{ apiGroups: ['submariner.io'], resources: ['clusters', 'endpoints', 'gateways'], verbs: ['list'] }],
  cilium: [
    { apiGroups: ['cilium.io'], resources: ['ciliumnodes'], verbs: ['list'] },
    { apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['clustermesh-apiserver'], verbs: ['get'] },
  ],
};

/** What the mesh between the members asks of their roles. */
export interface MeshNeeds {
  readonly provider: MeshProviderName;
  /** Nodes that are no gateway get their routes by a DaemonSet. */
  readonly nodeRoutes: boolean;
}

const NODE_ROUTES_VERBS = ['create', 'delete', 'get', 'patch'];
/**
 * For `fedmesh-routes`, by that name and no other: what is applied is authorized with its name, also where it is made by that. Its Pods tell
 * which nodes have their routes.
 */
const NODE_ROUTES_RULES: readonly PolicyRule[] = [
  { apiGroups: ['apps'], resources: ['daemonsets'], resourceNames: [NODE_ROUTES_NAME], verbs: NODE_ROUTES_VERBS },
  { apiGroups: [''], resources: ['configmaps'], resourceNames: [NODE_ROUTES_NAME], verbs: NODE_ROUTES_VERBS },
  { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
];

export function meshRules(mesh: MeshNeeds | undefined): readonly PolicyRule[] {
  if (mesh === undefined) return [];
  return [...(MESH_RULES[mesh.provider] ?? []), ...(mesh.nodeRoutes ? NODE_ROUTES_RULES : [])];
}
