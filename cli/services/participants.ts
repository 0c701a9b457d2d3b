import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { KUBEFED_CLUSTERS } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { Secret } from '../../controller/clusters/endpoint.ts';
import type { Client } from '../../controller/kube/client.ts';
import { SECRETS } from '../../controller/kube/core-kinds.ts';
import type { ControlPlane } from '../../controller/membership/control-plane.ts';
import { identityOf, secretRefOf } from '../../controller/membership/identity.ts';
import { hostNameOf, memberNames } from '../../controller/membership/names.ts';
import type { Rights } from '../../controller/membership/rights.ts';
import { SERVICES_ANNOTATION } from '../../controller/services/kinds.ts';
import { getIfPresent } from '../apply.ts';
import type { CliContext } from '../context.ts';
import { CliError, refused, usageError } from '../exit.ts';
import { personalClient } from '../federation/member-context.ts';
import { readMembers } from '../federation/members.ts';

/** Whether multi-cluster Services are exported from a member and imported into it. */
export function takesPart({ metadata }: KubeFedCluster): boolean {
  return metadata.annotations?.[SERVICES_ANNOTATION] === 'enabled';
}

/** Those that are named, or all. */
export async function membersNamed(
  context: CliContext,
  host: Client,
  names: readonly string[],
): Promise<KubeFedCluster[]> {
  const members = await readMembers(context, host);
  const known = members.map(({ metadata }) => metadata.name ?? '');
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw usageError(
      `there is no member "${unknown}"`,
      known.length === 0 ? 'none has joined yet: `fedctl join`' : `members are: ${known.join(', ')}`,
    );
  }
  return names.length === 0 ? members : members.filter(({ metadata }) => names.includes(metadata.name ?? ''));
}

/** @throws CliError in a control plane that is limited to one namespace: members grant it nothing beside that. */
export function assertClusterScope({ scope, namespace }: ControlPlane): void {
  if (scope === 'Cluster') return;
  throw refused(
    `this control plane is limited to namespace "${namespace}", and Services across clusters need more`,
    'only a control plane of scope Cluster carries Services across clusters',
  );
}

/** With a person's rights. */
export async function administratorOf(context: CliContext, member: KubeFedCluster): Promise<Client> {
  const client = await personalClient(context, member, context.signal);
  if (client !== undefined) return client;
  const { name = '' } = member.metadata;
  throw new CliError(`no context of the kubeconfig is cluster "${name}"`, {
    hint: `an administrator of "${name}" has to do this: give a kubeconfig with a context of that name with --kubeconfig`,
  });
}

export async function rightsIn(
  context: CliContext,
  host: Client,
  member: KubeFedCluster,
  controlPlane: ControlPlane,
): Promise<Rights> {
  const secret = await getIfPresent<Secret>(host, SECRETS, secretRefOf(member), context.signal);
  const identity = identityOf(secret);
  const { name = '' } = member.metadata;
  return {
    names: identity?.names ?? memberNames(name, hostNameOf(host.cluster)),
    namespace: identity?.namespace ?? context.options.kubefedNamespace,
    controlPlane,
  };
}

/** The controller goes by it. */
export async function markParticipation(
  context: CliContext,
  host: Client,
  member: KubeFedCluster,
  takesPartNow: boolean,
): Promise<void> {
  if (context.options.dryRun || takesPart(member) === takesPartNow) return;
  const { name = '', namespace = '', uid } = member.metadata;
  const annotations = { [SERVICES_ANNOTATION]: takesPartNow ? 'enabled' : null };
  const body = { metadata: { uid, annotations } };
  await host.patch(KUBEFED_CLUSTERS, { name, namespace }, { type: 'merge', body }, { signal: context.signal });
}
