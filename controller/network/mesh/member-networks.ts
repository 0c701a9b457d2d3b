import type { ClusterNetworkStatus, OverlapPolicy } from '../../../apis/core/v1beta1/cluster-network.ts';
import type { KubeFedCluster } from '../../../apis/core/v1beta1/kubefed-cluster.ts';
import type { CompleteMeshConfigSpec } from '../../../apis/fedmesh/v1alpha1/mesh-config-defaults.ts';
import { contains } from '../../../apis/meta/ip-range.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import { discover } from '../discovery/discover.ts';
import type { Claim } from '../overlap/claim.ts';
import { claimsOf } from '../overlap/claims-of.ts';
import { describeOverlap } from '../overlap/describe.ts';
import type { MemberNetwork, MeshNode, MeshProblem, ProviderCapabilities } from '../providers/provider.ts';
import { leftOut } from './left-out.ts';
import { meshRangesOf, outboundClaims, ownClaims } from './mesh-claims.ts';

/** A member as the host and its own API server show it. Those that leave are not among them. */
export interface MeshMember {
  readonly cluster: DeepReadonly<KubeFedCluster>;
  /** Its ranges as they were found. Missing: nothing is known but what was declared. */
  readonly network: DeepReadonly<ClusterNetworkStatus> | undefined;
  /** Missing: it has not been looked at. */
  readonly nodes: readonly MeshNode[] | undefined;
}

export interface MeshMembers {
  readonly networks: readonly MemberNetwork[];
  readonly problems: readonly MeshProblem[];
  /** Members of which too little is known to take anything of theirs away, or to add to it. */
  readonly unsettled: ReadonlySet<string>;
}

type Spec = DeepReadonly<CompleteMeshConfigSpec>;

/**
 * What the provider is to route for each member: the ranges that were found or declared, without those that would take packets of a
 * member that joined before.
 */
export function memberNetworks(
  spec: Spec,
  members: readonly MeshMember[],
  capabilities: Pick<ProviderCapabilities, 'remap'>,
): MeshMembers {
  const bySeniority = members.toSorted(bySeniorityOf);
  const claims = new Map(bySeniority.map((member) => [nameOf(member), claimsOfMember(member)]));
  const mesh = ownClaims(spec);
  const outbound = outboundClaims(spec);
  const remapped = new Set(capabilities.remap ? bySeniority.filter(wantsRemap).map(nameOf) : []);
  const compared = [...claims].flatMap(([name, own]) =>
    remapped.has(name) ? own.filter(({ use }) => use !== 'pod') : own,
  );
  const { routed } = meshRangesOf(spec);
  const out = leftOut([...mesh, ...compared, ...outbound], routed);
  // Its own nodes, or Services that nobody routes, cannot be left out: other members' routes would take their packets.
  const barred = new Map(
    [...out].filter(([{ use }]) => use === 'node' && !routed.nodes).map(([claim, keeper]) => [claim.cluster, keeper]),
  );
  const networks = bySeniority.map((member) => {
    const name = nameOf(member);
    const isBarred = barred.has(name);
    const kept = [...(claims.get(name) ?? []), ...outbound.filter(({ cluster }) => cluster === name)].filter(
      (claim) => !isBarred && !out.has(claim),
    );
    const dropped = (claims.get(name) ?? []).filter((claim) => claim.use === 'pod' && (isBarred || out.has(claim)));
    return networkOf(spec, member, { kept, dropped, outbound, mesh, isBarred, remap: remapped.has(name) });
  });
  const unsettled = new Set(bySeniority.filter(isUnsettled).map(nameOf));
  return {
    networks,
    unsettled,
    problems: [
      ...strangers(spec, claims),
      ...bySeniority.flatMap((member) => rangeProblems(member)),
      ...[...out].map(([claim, keeper]) => overlapProblem(claim, keeper, bySeniority, barred.has(claim.cluster))),
      ...bySeniority.flatMap((member) => nodeProblems(spec, member)),
    ],
  };
}

interface Kept {
  readonly kept: readonly Claim[];
  /** Of its pods. */
  readonly dropped: readonly Claim[];
  readonly outbound: readonly Claim[];
  readonly mesh: readonly Claim[];
  readonly isBarred: boolean;
  readonly remap: boolean;
}

function networkOf(
  spec: Spec,
  member: MeshMember,
  { kept, dropped, outbound, mesh, isBarred, remap }: Kept,
): MemberNetwork {
  const name = nameOf(member);
  const gateways = spec.gateways.filter(({ cluster }) => cluster === name);
  const relayedBy = gateways.find((gateway) => gateway.relayedBy !== undefined)?.relayedBy;
  const texts = (use: Claim['use']) => kept.filter((claim) => claim.use === use && !outbound.includes(claim)).map(text);
  // Nodes that have their addresses in the mesh are reached through it as they are.
  const isInMesh = (claim: Claim) => mesh.some(({ range }) => contains(range, claim.range));
  return {
    cluster: name,
    podCIDRs: texts('pod'),
    serviceCIDRs: spec.routes.services ? texts('service') : [],
    nodeCIDRs: spec.routes.nodes ? kept.filter((claim) => claim.use === 'node' && !isInMesh(claim)).map(text) : [],
    outboundCIDRs: kept.filter((claim) => outbound.includes(claim)).map(text),
    ...(dropped.length === 0 ? {} : { leftOut: dropped.map(text) }),
    nodes: member.nodes ?? [],
    gatewayNodes: isBarred ? [] : gateways.map(({ node }) => node),
    ...(relayedBy === undefined ? {} : { relayedBy }),
    remap,
  };
}

function text({ range }: Claim): string {
  return range.text;
}

/** Nothing of a member is taken away because it could not be looked at. */
function isUnsettled({ network, nodes }: MeshMember): boolean {
  return nodes === undefined || (network?.podCIDRs ?? []).length === 0;
}

function rangeProblems(member: MeshMember): MeshProblem[] {
  const { network, nodes } = member;
  const name = nameOf(member);
  if ((network?.podCIDRs ?? []).length === 0) {
    const message = `the range of the pods of "${name}" is not known, so that nothing of it is changed: its condition NetworkDiscovered says why; declare it in spec.network.podCIDRs of the KubeFedCluster`;
    return [{ cluster: name, reason: 'RangesUnknown', message }];
  }
  if (nodes !== undefined) return [];
  const message = `"${name}" has not been looked at since the controller started, so that nothing of it is changed: it is away, or its role does not let the controller list nodes (\`fedctl join ${name}\` again grants it)`;
  return [{ cluster: name, reason: 'MemberUnseen', message }];
}

function overlapProblem(claim: Claim, keeper: Claim, members: readonly MeshMember[], isBarred: boolean): MeshProblem {
  const { cluster } = claim;
  const owner = members.find((member) => nameOf(member) === cluster);
  const wants = owner === undefined ? undefined : policyOf(owner);
  const what = describeOverlap({ claims: [claim, keeper], harm: 'conflict' });
  const follows = isBarred
    ? `"${cluster}" is left out of the mesh as a whole`
    : 'the first of the two is left out of the mesh';
  const why = "one of them would silently receive the other's packets";
  if (wants === 'Remap' && claim.use === 'pod') {
    const message = `${what}: ${follows}, because ${why} and the provider cannot give ranges other addresses; build one of the two anew with another range`;
    return { cluster, reason: 'RemapUnsupported', message };
  }
  const message = `${what}: ${follows}, because ${why}; build one of the two anew with another range (\`fedctl network plan-cidrs\` offers free ones), or have addresses translated with overlapPolicy Remap where the provider can`;
  return { cluster, reason: 'RangesOverlap', message };
}

/** What the config says of members that are not there. */
function strangers(spec: Spec, members: ReadonlyMap<string, unknown>): MeshProblem[] {
  const named = [
    ...spec.gateways.map(({ cluster }) => [cluster, 'gateways'] as const),
    ...spec.outbound.map(({ cluster }) => [cluster, 'outbound'] as const),
    ...spec.inbound.map(({ cluster }) => [cluster, 'inbound'] as const),
  ].filter(([cluster]) => !members.has(cluster));
  const fields = new Map<string, Set<string>>();
  for (const [cluster, field] of named) fields.set(cluster, (fields.get(cluster) ?? new Set()).add(field));
  return [...fields].map(([cluster, names]) => ({
    cluster,
    reason: 'MemberMissing',
    message: `spec.${[...names].join(', spec.')} of the MeshConfig names "${cluster}", which is no member: join it (\`fedctl join ${cluster}\`) or take it out`,
  }));
}

function nodeProblems(spec: Spec, { cluster, nodes }: MeshMember): MeshProblem[] {
  const name = cluster.metadata.name ?? '';
  if (nodes === undefined) return [];
  const present = new Set(nodes.map((node) => node.name));
  const missing = spec.gateways.filter((gateway) => gateway.cluster === name && !present.has(gateway.node));
  return missing.map(({ node }) => ({
    cluster: name,
    reason: 'GatewayNodeMissing',
    message: `"${name}" has no node "${node}", which spec.gateways of the MeshConfig names: \`kubectl get nodes\` there shows those that it has`,
  }));
}

/** What the controller found; of a member at which it has not looked, what was declared. */
function claimsOfMember(member: MeshMember): Claim[] {
  return claimsOf(nameOf(member), member.network ?? discover({}, member.cluster.spec.network).network);
}

function wantsRemap(member: MeshMember): boolean {
  return policyOf(member) === 'Remap';
}

function policyOf({ cluster }: MeshMember): OverlapPolicy | undefined {
  return cluster.spec.network?.overlapPolicy;
}

function nameOf({ cluster }: MeshMember): string {
  return cluster.metadata.name ?? '';
}

/** Whoever joined first keeps its ranges. */
function bySeniorityOf(a: MeshMember, b: MeshMember): number {
  const [since, than] = [a, b].map(({ cluster }) => cluster.metadata.creationTimestamp ?? '');
  if (since !== than) return (since ?? '') < (than ?? '') ? -1 : 1;
  return nameOf(a) < nameOf(b) ? -1 : 1;
}
