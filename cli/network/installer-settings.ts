import type { IpRange } from '../../apis/meta/ip-range.ts';
import { toYaml } from '../output/format.ts';
import type { ClusterPlan } from './cidr-plan.ts';

export const INSTALLERS = ['kubeadm', 'k3s', 'kubenet'] as const;
export type Installer = (typeof INSTALLERS)[number];

/** A plan as the settings of what builds the cluster, ready to be saved or pasted. */
export function settingsFor(installer: Installer, plan: ClusterPlan): string {
  return SETTINGS[installer](plan);
}

const SETTINGS: Readonly<Record<Installer, (plan: ClusterPlan) => string>> = { kubeadm, k3s, kubenet };

/** `kubeadm init --config FILE`; further settings go into the same document. */
function kubeadm(plan: ClusterPlan): string {
  return `# kubeadm init --config ${plan.cluster}.yaml\n${toYaml({
    apiVersion: 'kubeadm.k8s.io/v1beta4',
    kind: 'ClusterConfiguration',
    clusterName: plan.cluster,
    networking: { podSubnet: list(plan.pods), serviceSubnet: list(plan.services) },
    controllerManager: {
      extraArgs: maskFlags(plan).map(({ name, value }) => ({ name, value })),
    },
  })}`;
}

/** k3s takes what its parts are to be told as one argument each. */
function k3s(plan: ClusterPlan): string {
  return `# /etc/rancher/k3s/config.yaml of the servers of ${plan.cluster}\n${toYaml({
    'cluster-cidr': list(plan.pods),
    'service-cidr': list(plan.services),
    'kube-controller-manager-arg': maskFlags(plan).map(({ name, value }) => `${name}=${value}`),
  })}`;
}

/** Without a network plugin each node has its bridge: nodes get their ranges one by one, before a pod runs there. */
function kubenet(plan: ClusterPlan): string {
  const lines = plan.nodes.map((ranges, index) => {
    const podCIDRs = ranges.map(({ text }) => text);
    const patch = JSON.stringify({ spec: { podCIDR: podCIDRs[0], podCIDRs } });
    return `kubectl --context ${plan.cluster} patch node "$NODE_${index + 1}" -p '${patch}'`;
  });
  const header = [
    `# ${plan.cluster}: kube-apiserver --service-cluster-ip-range=${list(plan.services)}`,
    `# kube-controller-manager --allocate-node-cidrs=false --cluster-cidr=${list(plan.pods)}`,
    '# The range of a node is set once and for ever: do it before its first pod.',
  ];
  return [...header, ...lines].map((line) => `${line}\n`).join('');
}

/** With two families the flag has a name for each. */
function maskFlags({ pods, nodePrefixes }: ClusterPlan): { name: string; value: string }[] {
  const both = pods.length > 1;
  return pods.map(({ family }, index) => ({
    name: both ? `node-cidr-mask-size-ipv${family}` : 'node-cidr-mask-size',
    value: String(nodePrefixes[index]),
  }));
}

function list(ranges: readonly IpRange[]): string {
  return ranges.map(({ text }) => text).join(',');
}
