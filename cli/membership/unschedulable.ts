import { isCordoned, KUBEFED_CLUSTERS, type KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { DRAIN_ANNOTATION } from '../../apis/well-known.ts';
import type { Client } from '../../controller/kube/client.ts';
import { objectName } from '../apply.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../exit.ts';
import { readMembers } from '../federation/members.ts';

/** The members of these names, each once, in the order in which they are named. One that is unknown fails before anything is done. */
export async function findClusters(
  context: CliContext,
  host: Client,
  names: readonly string[],
): Promise<KubeFedCluster[]> {
  const members = await readMembers(context, host);
  return [...new Set(names)].map((name) => {
    const found = members.find(({ metadata }) => metadata.name === name);
    if (found !== undefined) return found;
    const known = members.map(({ metadata }) => metadata.name ?? '').join(', ');
    throw new CliError(`no member is called "${name}"`, {
      hint: known === '' ? 'none has joined yet: `fedctl join`' : `members are: ${known}`,
    });
  });
}

/** As kubectl names an object: `kubefedcluster.core.kubefed.io/vulcan`. */
export function clusterNamed({ metadata }: KubeFedCluster): string {
  return objectName(KUBEFED_CLUSTERS, metadata.name === undefined ? {} : { name: metadata.name });
}

/**
 * Puts a cordon on a member or takes it off, and with it any drain. `drain` begins one.
 *
 * @throws CliError where the host's CustomResourceDefinition drops the field: nothing is cordoned then.
 */
export async function setUnschedulable(
  context: CliContext,
  host: Client,
  cluster: KubeFedCluster,
  wanted: boolean,
  options: { drain?: boolean } = {},
): Promise<void> {
  const { dryRun } = context.options;
  const has = { cordon: isCordoned(cluster), drain: cluster.metadata.annotations?.[DRAIN_ANNOTATION] === 'true' };
  // A cordon of its own does not end the drain that came with one.
  const drain = options.drain === true || (wanted && has.drain && has.cordon);
  if (dryRun || (has.cordon === wanted && has.drain === drain)) return;
  const { name = '', namespace = '' } = cluster.metadata;
  const body = {
    metadata: { annotations: { [DRAIN_ANNOTATION]: drain ? 'true' : null } },
    spec: { unschedulable: wanted ? true : null },
  };
  const { signal } = context;
  const written = await host.patch<KubeFedCluster>(
    KUBEFED_CLUSTERS,
    { name, namespace },
    { type: 'merge', body },
    { signal },
  );
  if (isCordoned(written) === wanted) return;
  throw new CliError(
    `${host.cluster} drops spec.unschedulable: its CustomResourceDefinition of KubeFedClusters is KubeFed's own`,
    {
      hint: '`fedctl init` widens it, and changes nothing else; then run this again',
    },
  );
}
