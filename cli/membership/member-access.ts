import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { endpointOf, type Secret, tokenOf } from '../../controller/clusters/endpoint.ts';
import type { Client } from '../../controller/kube/client.ts';
import { NAMESPACES } from '../../controller/kube/core-kinds.ts';
import { isForbidden, isUnauthorized } from '../../controller/kube/errors.ts';
import { MembershipError } from '../../controller/membership/errors.ts';
import { MEMBER_CLEANED_ANNOTATION } from '../../controller/membership/host-records.ts';
import { CLUSTER_UID_ANNOTATION } from '../../controller/membership/join-plan.ts';
import type { CliContext } from '../context.ts';

export interface MemberAccess {
  readonly client: Client;
  /** With a person's rights, not with those that the membership has. */
  readonly asAdmin: boolean;
}

export interface AccessRequest {
  readonly cluster: KubeFedCluster;
  readonly secret: Secret | undefined;
  readonly clusterContext?: string;
  readonly clusterKubeconfig?: string;
}

const TIMEOUT_MS = 10_000;

/**
 * A way into a member that works: the context that was named, else one of the member's name, else the membership's own
 * credentials. A context that leads to another cluster is an error when it was named, and passed over when it was not.
 * Answers with what is in the way when none works.
 */
export async function accessMember(context: CliContext, request: AccessRequest): Promise<MemberAccess | Error> {
  const name = request.cluster.metadata.name ?? '';
  const isNamed = request.clusterContext !== undefined || request.clusterKubeconfig !== undefined;
  const contextName = request.clusterContext ?? name;
  const { contexts } = await context.kubeconfig(request.clusterKubeconfig);
  const problems: Error[] = [];
  if (isNamed || contexts.some((known) => known.name === contextName)) {
    const client = await context.clientFor(contextName, request.clusterKubeconfig);
    const problem = await problemWith(client, request.cluster, context.signal);
    if (problem === undefined) return { client, asAdmin: true };
    if (isNamed && problem instanceof MembershipError) throw problem;
    problems.push(problem);
  }
  const token = tokenOf(request.secret);
  if (token === undefined) return problems[0] ?? new Error(`there are no credentials for "${name}" on the host`);
  const credential = { authorization: `Bearer ${token}` };
  const credentials = { get: async () => credential, invalidate: () => undefined };
  const client = context.clientOf(endpointOf(request.cluster, credentials));
  const problem = await problemWith(client, request.cluster, context.signal);
  if (problem === undefined || isWhatWasWanted(problem, request.cluster)) return { client, asAdmin: false };
  return problems[0] ?? problem;
}

/** An unjoin that was interrupted had begun to take away these very rights: what is left can be done without them. */
function isWhatWasWanted(problem: Error, { metadata }: KubeFedCluster): boolean {
  const isCleaned = metadata.annotations?.[MEMBER_CLEANED_ANNOTATION] !== undefined;
  return isCleaned && (isUnauthorized(problem) || isForbidden(problem));
}

async function problemWith(client: Client, cluster: KubeFedCluster, signal: AbortSignal): Promise<Error | undefined> {
  try {
    const options = { signal, timeoutMs: TIMEOUT_MS };
    const { metadata } = await client.get<KubeObject>(NAMESPACES, { name: 'kube-system' }, options);
    const joined = cluster.metadata.annotations?.[CLUSTER_UID_ANNOTATION];
    if (joined === undefined || joined === metadata.uid) return undefined;
    return new MembershipError('WrongCluster', `context "${client.cluster}" is not the cluster that has joined`, {
      cluster: cluster.metadata.name ?? '',
      hint: 'give the right one with --cluster-context and --cluster-kubeconfig',
    });
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? error : new Error(String(error));
  }
}
