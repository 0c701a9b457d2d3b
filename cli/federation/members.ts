import { isCordoned, KUBEFED_CLUSTERS, type KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import type { Client } from '../../controller/kube/client.ts';
import { placementOf } from '../../controller/sync/placement/placement.ts';
import { isRecordedIn } from '../../controller/sync/subject.ts';
import { listIfServed } from '../apply.ts';
import type { CliContext } from '../context.ts';
import { usageError } from '../exit.ts';

/** The members, by name. None where there is no control plane. */
export async function readMembers(context: CliContext, client: Client): Promise<KubeFedCluster[]> {
  const namespace = context.options.kubefedNamespace;
  const members = await listIfServed<KubeFedCluster>(client, KUBEFED_CLUSTERS, { namespace, signal: context.signal });
  return members.sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
}

/** The names of `--clusters a,b`. An unknown one is refused with those that there are. */
export function parseClusters(text: string | undefined, members: readonly KubeFedCluster[]): string[] | undefined {
  if (text === undefined) return undefined;
  const names = [...new Set(text.split(',').map((name) => name.trim()))].filter((name) => name !== '');
  const known = members.map((member) => member.metadata.name ?? '');
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw usageError(
      `there is no member "${unknown}"`,
      known.length === 0 ? 'none has joined yet: `fedctl join`' : `members are: ${known.join(', ')}`,
    );
  }
  return names;
}

/** Where a federated object goes now, for people to read: `earth, vulcan`. */
export function describePlacement(
  object: FederatedObject,
  members: readonly KubeFedCluster[],
  namespacePlacement?: FederatedObject['spec']['placement'] | 'notFederated',
): string {
  const clusters = members
    .filter((member) => member.metadata.deletionTimestamp === undefined)
    .map((member) => ({
      name: member.metadata.name ?? '',
      labels: member.metadata.labels,
      cordoned: isCordoned(member),
    }));
  const result = placementOf(object, {
    clusters,
    isIn: (cluster) => isRecordedIn(object, cluster),
    ...(namespacePlacement === undefined ? {} : { namespacePlacement }),
  });
  if ('reason' in result) return `nowhere: ${result.message}`;
  const names = [...result.clusters];
  const cordoned = result.leftOut.length === 0 ? '' : ` (cordoned, so left out: ${result.leftOut.join(', ')})`;
  if (names.length > 0) return `${names.join(', ')}${cordoned}`;
  if (cordoned !== '') return `nowhere${cordoned}`;
  return clusters.length === 0 ? 'nowhere yet: no cluster has joined' : 'nowhere';
}
