import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { Client } from '../../controller/kube/client.ts';
import { NAMESPACES } from '../../controller/kube/core-kinds.ts';
import { CLUSTER_UID_ANNOTATION } from '../../controller/membership/join-plan.ts';
import type { CliContext } from '../context.ts';

/**
 * A client for a member with the rights of the person at the keyboard: by the context that bears its name, or whose server is the member's
 * address. A context that turns out to be another cluster does not count.
 */
export async function personalClient(
  context: CliContext,
  member: KubeFedCluster,
  signal: AbortSignal,
): Promise<Client | undefined> {
  const { contexts, clusters } = await context.kubeconfig();
  const { name = '' } = member.metadata;
  const atAddress = clusters.filter(({ server }) => server === member.spec.apiEndpoint).map((cluster) => cluster.name);
  const candidate =
    contexts.find((each) => each.name === name) ?? contexts.find((each) => atAddress.includes(each.cluster));
  if (candidate === undefined) return undefined;
  const client = await context.clientFor(candidate.name);
  const known = member.metadata.annotations?.[CLUSTER_UID_ANNOTATION];
  if (known === undefined) return atAddress.includes(candidate.cluster) ? client : undefined;
  const kubeSystem = await client.get(NAMESPACES, { name: 'kube-system' }, { signal });
  return kubeSystem.metadata.uid === known ? client : undefined;
}
