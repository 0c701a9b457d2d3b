import type { ClusterNetworkSpec, OverlapPolicy } from '../../apis/core/v1beta1/cluster-network.ts';
import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { type MeshConfig, managesRoutes } from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { Client } from '../../controller/kube/client.ts';
import { ApiError, ConnectionError } from '../../controller/kube/errors.ts';
import { discover } from '../../controller/network/discovery/discover.ts';
import { meshRangesOf } from '../../controller/network/mesh/mesh-claims.ts';
import type { Claim } from '../../controller/network/overlap/claim.ts';
import { claimsOf } from '../../controller/network/overlap/claims-of.ts';
import { describeOverlap } from '../../controller/network/overlap/describe.ts';
import { type Overlap, overlapsOf } from '../../controller/network/overlap/overlaps.ts';
import type { CliContext } from '../context.ts';
import { refused } from '../exit.ts';
import { readMembers } from '../federation/members.ts';
import { oneLine } from '../output/errors.ts';
import { readMeshConfig } from './mesh-config.ts';
import { survey } from './survey.ts';

export interface GateRequest {
  readonly name: string;
  readonly host: Client;
  readonly member: Client;
  /** What was said on the command line. */
  readonly network: ClusterNetworkSpec;
  warn(message: string): void;
}

/**
 * Compares the ranges of a cluster that is to join with those of the members that are there: what overlaps is told, and refused where the
 * policy says so. That they cannot be read stops nobody: whoever does not route has no use for them.
 * @throws CliError with both ranges, where each was read, and the ways out
 */
export async function checkOverlap(context: CliContext, request: GateRequest): Promise<void> {
  const { name, network, warn } = request;
  const { policy, overlaps, mesh } = await compare(context, request);
  const conflicts = overlaps.filter(({ harm }) => harm === 'conflict').map(describeOverlap);
  const first = conflicts[0];
  if (first === undefined) return;
  if (policy === 'Deny') {
    const more = conflicts.length > 1 ? ` (and ${conflicts.length - 1} more)` : '';
    const over = mesh === undefined ? 'over a mesh' : `with mesh provider ${mesh.spec.provider}`;
    throw refused(
      `cannot join cluster "${name}": ${first}${more}; ${over} one of them would silently receive the other's traffic`,
      WAYS_OUT,
    );
  }
  for (const conflict of conflicts) warn(`${conflict}: their pods cannot reach each other as long as that is so`);
  if (network.overlapPolicy === undefined)
    warn(`\`fedctl network check\` tells more; --overlap-policy Deny refuses such a member`);
}

const WAYS_OUT =
  'build one of the two anew with another range (`fedctl network plan-cidrs` offers free ones, kubeadm takes --pod-network-cidr), ' +
  'have addresses translated with --overlap-policy Remap (the mesh must be able to), or federate without traffic between their pods with --overlap-policy Warn';

interface Comparison {
  readonly policy: OverlapPolicy;
  readonly overlaps: readonly Overlap[];
  readonly mesh?: MeshConfig | undefined;
}

async function compare(context: CliContext, request: GateRequest): Promise<Comparison> {
  const { name, host, member, network, warn } = request;
  let policy: OverlapPolicy = network.overlapPolicy ?? 'Warn';
  try {
    const [members, mesh] = await Promise.all([readMembers(context, host), readMeshConfig(context, host)]);
    const present = members.find(({ metadata }) => metadata.name === name)?.spec.network;
    const declared = { ...present, ...network };
    policy = declared.overlapPolicy ?? defaultPolicy(mesh);
    const others = members.filter(({ metadata }) => metadata.name !== name);
    const { claims: meshClaims, routed } = meshRangesOf(mesh?.spec);
    if (others.length === 0 && meshClaims.length === 0) return { policy, overlaps: [] };
    const own = await survey(name, member, context.signal, declared);
    const claims = [...claimsOf(name, own.network), ...meshClaims, ...others.flatMap(claimsOfMember)];
    return { policy, overlaps: overlapsOf(name, claims, routed), mesh };
  } catch (error) {
    if (!(error instanceof ApiError) && !(error instanceof ConnectionError)) throw error;
    const isAsked = network.overlapPolicy !== undefined || policy === 'Deny';
    if (isAsked) warn(`address ranges could not be compared: ${oneLine(error.message)}`);
    return { policy, overlaps: [] };
  }
}

/** Where nobody routes between members an overlap is worth a warning; where a provider does it would mislead packets from the start. */
function defaultPolicy(mesh: MeshConfig | undefined): OverlapPolicy {
  return mesh !== undefined && managesRoutes(mesh.spec.provider) ? 'Deny' : 'Warn';
}

/** What the controller found; of a member at which it has not looked, what was declared. */
function claimsOfMember({ metadata, spec, status }: KubeFedCluster): Claim[] {
  return claimsOf(metadata.name ?? '', status?.network ?? discover({}, spec.network).network);
}
