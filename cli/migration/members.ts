import type { FederatedTypeConfig } from '../../apis/core/v1beta1/federated-type-config.ts';
import { targetResourceOf } from '../../apis/core/v1beta1/federated-type-config.ts';
import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { Resource } from '../../apis/meta/resource.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { endpointOf, type Secret, tokenOf } from '../../controller/clusters/endpoint.ts';
import type { Client } from '../../controller/kube/client.ts';
import { NAMESPACES, SECRETS } from '../../controller/kube/core-kinds.ts';
import { isUnauthorized } from '../../controller/kube/errors.ts';
import { groupResourceOf } from '../../controller/kube/resource.ts';
import { secretRefOf } from '../../controller/membership/identity.ts';
import { getIfPresent } from '../apply.ts';
import { mapConcurrently } from '../concurrently.ts';
import type { CliContext } from '../context.ts';
import { oneLine } from '../output/errors.ts';

/** How a member answers to the credentials that KubeFed has for it. */
export interface MemberFinding {
  readonly name: string;
  /** KubeFed's own word. */
  readonly ready: boolean;
  readonly leaving: boolean;
  /** `works`; `refused`: the controller will fare no better; `unreachable`: from here, the controller may reach it. */
  readonly credentials: 'works' | 'refused' | 'unreachable';
  readonly message?: string;
  /** Kinds that it may not write all of. Empty where it has every right that is needed. */
  readonly lacking: readonly string[];
}

const REVIEWS: Resource = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  namespaced: false,
};
const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];
const MEMBERS_AT_A_TIME = 8;
const TIMEOUT_MS = 10_000;

export async function checkMembers(
  context: CliContext,
  host: Client,
  members: readonly KubeFedCluster[],
  types: readonly FederatedTypeConfig[],
  /** Where the members' rights end, in a control plane of one namespace. */
  onlyNamespace: string | undefined,
): Promise<MemberFinding[]> {
  return mapConcurrently(members, MEMBERS_AT_A_TIME, async (cluster) => {
    const { name = '', deletionTimestamp } = cluster.metadata;
    const ready =
      cluster.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
    const known = { name, ready, leaving: deletionTimestamp !== undefined };
    const secret = await getIfPresent<Secret>(host, SECRETS, secretRefOf(cluster), context.signal);
    const token = tokenOf(secret);
    if (token === undefined) {
      const message = `there is no token in its Secret ${cluster.spec.secretRef.name}`;
      return { ...known, credentials: 'refused', message, lacking: [] };
    }
    try {
      const credential = { authorization: `Bearer ${token}` };
      const client = context.clientOf(
        endpointOf(cluster, { get: async () => credential, invalidate: () => undefined }),
      );
      const call = { signal: context.signal, timeoutMs: TIMEOUT_MS };
      if (onlyNamespace === undefined) await client.get<KubeObject>(NAMESPACES, { name: 'kube-system' }, call);
      return { ...known, credentials: 'works', lacking: await lackingRights(client, types, onlyNamespace, call) };
    } catch (error) {
      context.signal.throwIfAborted();
      const message = oneLine(error instanceof Error ? error.message : String(error));
      return { ...known, credentials: isUnauthorized(error) ? 'refused' : 'unreachable', message, lacking: [] };
    }
  });
}

async function lackingRights(
  member: Client,
  types: readonly FederatedTypeConfig[],
  onlyNamespace: string | undefined,
  call: { signal: AbortSignal; timeoutMs: number },
): Promise<string[]> {
  const where = onlyNamespace === undefined ? {} : { namespace: onlyNamespace };
  const may = async (attributes: { group: string; resource: string; verb: string }) => {
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: REVIEWS.kind,
      metadata: {},
      spec: { resourceAttributes: { ...attributes, ...where } },
    };
    const { status } = await member.create<KubeObject & { status?: { allowed?: boolean } }>(REVIEWS, review, call);
    return status?.allowed === true;
  };
  // What KubeFed's join gives.
  if (await may({ group: '*', resource: '*', verb: '*' })) return [];
  const targets = types.filter(({ spec }) => spec.propagation === 'Enabled').map(targetResourceOf);
  const lacking = await mapConcurrently(targets, 4, async (target) => {
    for (const verb of VERBS) {
      if (!(await may({ group: target.group, resource: target.plural, verb }))) {
        return `${verb} ${groupResourceOf(target)}`;
      }
    }
    return undefined;
  });
  return lacking.flatMap((each) => each ?? []);
}
