import { addressLines, type Ethernet } from './lab/ethernet.ts';
import type { Lab } from './lab/lab.ts';
import type { Namespace } from './lab/namespace.ts';

/** Where probes listen. */
export const POD_PORT = 8080;
/** Of the Service in front of them. */
export const SERVICE_PORT = 80;

/** kube-proxy's bit for packets on which the node's address is put. */
const MASQUERADE_MARK = '0x4000';

export interface ClusterOptions {
  readonly name: string;
  /** The cluster with number 1 has pods in 10.1.0.0/16 and Services in 10.101.0.0/16. */
  readonly number: number;
  /** Which network its nodes are in; default: the one of its number. Two clusters may have equal pod ranges. */
  readonly site?: number;
  /** How many; the first one is the gateway. */
  readonly nodes: number;
}

/** A node with one pod, each a namespace. */
export interface LabNode {
  readonly name: string;
  readonly machine: Namespace;
  readonly addresses: readonly string[];
  readonly podCIDRs: readonly string[];
  readonly pod: Namespace;
  readonly podAddresses: readonly string[];
}

export interface LabCluster {
  readonly name: string;
  readonly podCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
  /** Of a Service with all pods behind it. */
  readonly serviceAddress: string;
  readonly nodes: readonly LabNode[];
  readonly gateway: LabNode;
}

/**
 * A cluster of nodes in one network, without a network plugin: nodes know nothing but their own pods, and their neighbours in that network.
 * Every node does for the Service what kube-proxy does.
 */
export async function createCluster(lab: Lab, options: ClusterOptions, network: Ethernet): Promise<LabCluster> {
  const { name, number, site = number } = options;
  const numbers = Array.from({ length: options.nodes }, (_, index) => index + 1);
  const nodes = await Promise.all(
    numbers.map(async (index): Promise<LabNode> => {
      const node = {
        name: `${name}-${index}`,
        machine: await lab.namespace(`${name}-${index}`),
        addresses: [`192.168.${site}.${index}`, `fd00:192:168:${site}::${index}`],
        podCIDRs: [`10.${number}.${index}.0/24`, `fd00:10:${number}:${index}::/64`],
        pod: await lab.namespace(`${name}-pod-${index}`),
        podAddresses: [`10.${number}.${index}.10`, `fd00:10:${number}:${index}::10`],
      };
      await node.machine.sysctl({
        // As on every node of Kubernetes.
        'ipv4.ip_forward': 1,
        'ipv6.conf.all.forwarding': 1,
        // Linux says once a second to each pod that there is no route: enough for rounds of half a minute, not for ours.
        'ipv4.icmp_ratelimit': 0,
        'ipv6.icmp.ratelimit': 0,
      });
      // Nor is there one on which nobody has used iptables.
      await node.machine.output('iptables', ['-P', 'FORWARD', 'ACCEPT']);
      await node.machine.output('ip6tables', ['-P', 'FORWARD', 'ACCEPT']);
      await lab.connect([node.machine, 'pod0'], [node.pod, 'eth0']);
      const bridged = [`10.${number}.${index}.1/24`, `fd00:10:${number}:${index}::1/64`];
      await node.machine.ip(...addressLines('pod0', bridged), 'link set pod0 up');
      await node.pod.ip(
        ...addressLines('eth0', [`10.${number}.${index}.10/24`, `fd00:10:${number}:${index}::10/64`]),
        'link set eth0 up',
        `route add default via 10.${number}.${index}.1`,
        `route add default via fd00:10:${number}:${index}::1`,
      );
      // All nodes may be neighbours of each other: these are the networks that `--layer2` names.
      await network.attach(node.machine, 'eth0', [`192.168.${site}.${index}/16`, `fd00:192:168:${site}::${index}/48`]);
      return node;
    }),
  );
  const [gateway] = nodes;
  if (gateway === undefined) throw new Error(`${name} has no node`);
  const cluster: LabCluster = {
    name,
    podCIDRs: [`10.${number}.0.0/16`, `fd00:10:${number}::/48`],
    serviceCIDRs: [`10.10${number}.0.0/16`],
    serviceAddress: `10.10${number}.0.80`,
    nodes,
    gateway,
  };
  await Promise.all(nodes.map(({ machine }) => machine.nft(kubeProxy(cluster))));
  return cluster;
}

/** Like kube-proxy: a pod for each connection in turn, and the node's address on what comes from elsewhere, so that answers come back here. */
function kubeProxy({ podCIDRs, serviceAddress, nodes }: LabCluster): string {
  const pods = nodes.map(({ podAddresses }, index) => `${index} : ${podAddresses[0]} . ${POD_PORT}`);
  const service = `ip daddr ${serviceAddress} tcp dport ${SERVICE_PORT}`;
  const toPod = `${service} dnat ip to numgen inc mod ${pods.length} map { ${pods.join(', ')} }`;
  return `
table ip kube-proxy {
  chain prerouting {
    type nat hook prerouting priority -100;
    ${service} ip saddr != ${podCIDRs[0]} meta mark set meta mark | ${MASQUERADE_MARK}
    ${toPod}
  }
  chain output {
    type nat hook output priority -100;
    ${toPod}
  }
  chain postrouting {
    type nat hook postrouting priority 100;
    meta mark & ${MASQUERADE_MARK} == ${MASQUERADE_MARK} masquerade
  }
}
`;
}
