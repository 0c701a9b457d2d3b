import { enumerate } from '../../../apis/enumeration.ts';
import { byAddress, contains, type IpRange, parseIpAddress, parseIpRange } from '../../../apis/meta/ip-range.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { NetworkFacts, Node, Pod } from '../discovery/facts.ts';

/** Something about the nodes or pods of one cluster by which packets go astray before they leave it. */
export interface InsideFault {
  readonly code: 'NodeWithoutPodRange' | 'NodeRangesOverlap' | 'DuplicatePodAddress';
  readonly message: string;
}

/** How many are named of each kind; a count tells of the others. */
const NAMED = 3;

/** Nodes without a range of their own for pods, nodes that share one, and pods that have one address. */
export function faultsWithin(facts: NetworkFacts): InsideFault[] {
  const { nodes = [], pods = [] } = facts;
  const ofNodes = podsUseNodeRanges(facts) ? [...withoutRange(nodes), ...sharedNodeRanges(nodes)] : [];
  return [...ofNodes, ...sharedPodAddresses(pods)];
}

/** Pools of a network plugin make the ranges of nodes meaningless. A cluster of which no node has a range may have such a plugin that is not known here. */
export function podsUseNodeRanges(facts: NetworkFacts): boolean {
  const { calicoIpPools = [], ciliumConfig, openShiftNetwork, ovnConfig, nodes = [] } = facts;
  if (calicoIpPools.length > 0 || openShiftNetwork !== undefined || ovnConfig !== undefined) return false;
  if (ciliumConfig?.data?.ipam === 'cluster-pool') return false;
  return nodes.some((node) => rangesOf(node).length > 0);
}

function withoutRange(nodes: DeepReadonly<Node[]>): InsideFault[] {
  const bare = nodes.filter((node) => rangesOf(node).length === 0).map(({ metadata }) => metadata.name ?? '');
  if (bare.length === 0) return [];
  const message = `${enumerate(bare, NAMED)} ${bare.length === 1 ? 'has' : 'have'} no pod range: pods there may get the same addresses as elsewhere`;
  return [{ code: 'NodeWithoutPodRange', message }];
}

function sharedNodeRanges(nodes: DeepReadonly<Node[]>): InsideFault[] {
  const owned = nodes.flatMap((node) => rangesOf(node).map((range) => ({ range, node: node.metadata.name ?? '' })));
  const around: typeof owned = [];
  const shared: string[] = [];
  for (const own of owned.toSorted((a, b) => byAddress(a.range, b.range))) {
    for (let last = around.at(-1); last && !contains(last.range, own.range); last = around.at(-1)) around.pop();
    const other = around.at(-1);
    if (other !== undefined && other.node !== own.node)
      shared.push(`${own.range.text} of node ${own.node} and ${other.range.text} of node ${other.node}`);
    around.push(own);
  }
  return shared.length === 0
    ? []
    : [{ code: 'NodeRangesOverlap', message: `pod ranges of nodes overlap: ${enumerate(shared, NAMED, '; ')}` }];
}

function sharedPodAddresses(pods: DeepReadonly<Pod[]>): InsideFault[] {
  const holders = new Map<string, string[]>();
  for (const pod of pods) {
    for (const address of addressesOf(pod)) {
      holders.set(address, [...(holders.get(address) ?? []), `${pod.metadata.namespace}/${pod.metadata.name}`]);
    }
  }
  const shared = [...holders].filter(([, names]) => names.length > 1);
  if (shared.length === 0) return [];
  const text = shared.map(
    ([address, names]) => `${address.replace(/\/\d+$/, '')} is the address of ${enumerate(names, NAMED)}`,
  );
  return [{ code: 'DuplicatePodAddress', message: `pods have the same address: ${enumerate(text, NAMED, '; ')}` }];
}

function rangesOf({ spec }: DeepReadonly<Node>): IpRange[] {
  const texts = spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : []);
  return texts.map(parseIpRange).filter((range) => typeof range !== 'string');
}

/** Of pods that run and have an address of their own. */
function addressesOf({ spec, status }: DeepReadonly<Pod>): string[] {
  if (spec?.hostNetwork === true || status?.phase !== 'Running') return [];
  const texts = status.podIPs?.map(({ ip }) => ip) ?? (status.podIP === undefined ? [] : [status.podIP]);
  const addresses = texts.map(parseIpAddress).filter((address) => typeof address !== 'string');
  return addresses.map(({ text }) => text);
}
