import type { ClusterNetworkSpec, OverlapPolicy } from '../../apis/core/v1beta1/cluster-network.ts';
import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { Client } from '../../controller/kube/client.ts';
import { ApiError, ConnectionError } from '../../controller/kube/errors.ts';
import { discover } from '../../controller/network/discovery/discover.ts';
import type { Claim } from '../../controller/network/overlap/claim.ts';
import { claimsOf } from '../../controller/network/overlap/claims-of.ts';
import { describeOverlap } from '../../controller/network/overlap/describe.ts';
import { type Overlap, overlapsOf } from '../../controller/network/overlap/overlaps.ts';
import type { CliContext } from '../context.ts';
import { refused } from '../exit.ts';
import { readMembers } from '../federation/members.ts';
import { oneLine } from '../output/errors.ts';
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
  const { policy, overlaps } = await compare(context, request);
  const conflicts = overlaps.filter(({ harm }) => harm === 'conflict').map(describeOverlap);
  const first = conflicts[0];
  if (first === undefined) return;
  if (policy === 'Deny') {
    const more = conflicts.length > 1 ? ` (and ${conflicts.length - 1} more)` : '';
    throw refused(
      `cannot join cluster "${name}": ${first}${more}; over a mesh one of them would silently receive the other's traffic`,
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

/** Nobody routes between members yet, so that an overlap is worth a warning unless a person says more. */
const DEFAULT_POLICY: OverlapPolicy = 'Warn';

async function compare(
  context: CliContext,
  { name, host, member, network, warn }: GateRequest,
): Promise<{ policy: OverlapPolicy; overlaps: Overlap[] }> {
  try {
    const members = await readMembers(context, host);
    const present = members.find(({ metadata }) => metadata.name === name)?.spec.network;
    const declared = { ...present, ...network };
    const policy = declared.overlapPolicy ?? DEFAULT_POLICY;
    const others = members.filter(({ metadata }) => metadata.name !== name);
    if (others.length === 0) return { policy, overlaps: [] };
    const own = await survey(name, member, context.signal, declared);
    const claims = [...claimsOf(name, own.network), ...others.flatMap(claimsOfMember)];
    return { policy, overlaps: overlapsOf(name, claims, { services: false, nodes: false }) };
  } catch (error) {
    if (!(error instanceof ApiError) && !(error instanceof ConnectionError)) throw error;
    if (network.overlapPolicy !== undefined) warn(`address ranges could not be compared: ${oneLine(error.message)}`);
    return { policy: DEFAULT_POLICY, overlaps: [] };
  }
}

/** What the controller found; of a member at which it has not looked, what was declared. */
function claimsOfMember({ metadata, spec, status }: KubeFedCluster): Claim[] {
  return claimsOf(metadata.name ?? '', status?.network ?? discover({}, spec.network).network);
}
