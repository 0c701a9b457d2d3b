import { flagOfPods, splitList } from './command-line.ts';
import type { NetworkFacts } from './facts.ts';
import { k3sDefaults, k3sRanges } from './k3s.ts';
import { kubeadmRanges, yamlObject } from './kubeadm.ts';
import type { Source } from './source.ts';

/** The name of the last resort: what the nodes have now is never all that they may get. */
export const NODE_PODCIDRS = 'podCIDRs of the nodes';

/** Where the range of pods is told, best first: who hands out the addresses, then who was told, then who has some. */
export const POD_SOURCES: readonly Source[] = [
  { name: 'Calico IPPool', confidence: 'authoritative', read: calicoPools },
  { name: 'cilium-config', confidence: 'authoritative', read: ciliumPools },
  { name: 'kube-flannel-cfg', confidence: 'authoritative', read: flannelNetwork },
  { name: 'kubeadm-config', confidence: 'inferred', read: (facts) => kubeadmRanges(facts).pod },
  {
    name: 'kube-controller-manager --cluster-cidr',
    confidence: 'authoritative',
    read: ({ componentPods }) => flagOfPods(componentPods?.['kube-controller-manager'], '--cluster-cidr'),
  },
  {
    name: 'kube-proxy --cluster-cidr',
    confidence: 'inferred',
    read: ({ componentPods }) => flagOfPods(componentPods?.['kube-proxy'], '--cluster-cidr'),
  },
  {
    name: 'kube-proxy clusterCIDR',
    confidence: 'inferred',
    read: ({ kubeProxyConfig }) => splitList(textOf(yamlObject(kubeProxyConfig?.data?.['config.conf']).clusterCIDR)),
  },
  { name: 'networks.config.openshift.io', confidence: 'authoritative', read: openShiftPods },
  {
    // `10.128.0.0/14/23`: the range, and how much of it a node gets.
    name: 'ovn-config net_cidr',
    confidence: 'authoritative',
    read: ({ ovnConfig }) => splitList(ovnConfig?.data?.net_cidr).map((text) => text.split('/').slice(0, 2).join('/')),
  },
  { name: 'kindnet POD_SUBNET', confidence: 'inferred', read: kindnetSubnet },
  { name: 'k3s --cluster-cidr', confidence: 'inferred', read: (facts) => k3sRanges(facts, '--cluster-cidr') },
  { name: "k3s's default", confidence: 'inferred', read: (facts) => k3sDefaults(facts, '--cluster-cidr') },
  {
    name: NODE_PODCIDRS,
    confidence: 'inferred',
    read: ({ nodes = [] }) => nodes.flatMap(({ spec }) => spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : [])),
  },
];

/** Disabled pools hand out nothing: Submariner makes them for the ranges of other clusters. */
function calicoPools({ calicoIpPools = [] }: NetworkFacts): readonly string[] {
  return calicoIpPools.flatMap(({ spec }) => (spec?.disabled === true || !spec?.cidr ? [] : [spec.cidr]));
}

function ciliumPools({ ciliumConfig }: NetworkFacts): readonly string[] {
  const data = ciliumConfig?.data ?? {};
  if (data.ipam !== 'cluster-pool') return [];
  return [...splitList(data['cluster-pool-ipv4-cidr']), ...splitList(data['cluster-pool-ipv6-cidr'])];
}

function flannelNetwork({ flannelConfig }: NetworkFacts): readonly string[] {
  const network = yamlObject(flannelConfig?.data?.['net-conf.json']);
  return [...splitList(textOf(network.Network)), ...splitList(textOf(network.IPv6Network))];
}

function openShiftPods({ openShiftNetwork: network }: NetworkFacts): readonly string[] {
  const networks = network?.status?.clusterNetwork ?? network?.spec?.clusterNetwork ?? [];
  return networks.flatMap(({ cidr }) => (cidr === undefined ? [] : [cidr]));
}

function kindnetSubnet({ componentPods }: NetworkFacts): readonly string[] {
  const containers = (componentPods?.kindnet ?? []).flatMap(({ spec }) => spec?.containers ?? []);
  return splitList(containers.flatMap(({ env = [] }) => env).find(({ name }) => name === 'POD_SUBNET')?.value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
