import { type FederatedTypeConfig, federatedResourceOf } from '../../apis/core/v1beta1/federated-type-config.ts';
import { FOLLOWING_ROLE } from '../../apis/rbac/following-role.ts';
import { DEFAULT_FEDERATED_GROUP } from '../../apis/types/v1beta1/federated-type.ts';
import { FOLLOWED_FROM_ANNOTATION } from '../../apis/well-known.ts';
import { markOf } from '../../controller/following/copy.ts';
import { asksToFollow } from '../../controller/following/followed-namespaces.ts';
import type { Client } from '../../controller/kube/client.ts';
import { NAMESPACES } from '../../controller/kube/core-kinds.ts';
import { isNotFound } from '../../controller/kube/errors.ts';
import type { Resource } from '../../controller/kube/resource.ts';
import { ROLE_BINDINGS } from '../../controller/membership/kinds.ts';
import { deleteIfPresent, getIfPresent, listIfServed, objectName } from '../apply.ts';
import { mapConcurrently } from '../concurrently.ts';
import type { CliContext } from '../context.ts';
import { CliError, usageError } from '../exit.ts';
import { outputFormat } from '../output/format.ts';
import { createProgress } from '../output/progress.ts';
import { federatedNamespacesOf, label } from './follow.ts';
import { readTypeConfigs } from './type-configs.ts';

const AT_A_TIME = 8;
/** What the controller was writing when the label went may bear a mark yet. */
const LOOKS = 3;

/** Ends the following of a namespace. Everything that was federated stays, as ordinary federated objects. */
export async function unfollow(context: CliContext, asked: { type: string; name: string }): Promise<void> {
  outputFormat(context, ['text']);
  const progress = createProgress(context);
  const client = await context.hostClient();
  const { signal } = context;
  const { dryRun } = context.options;
  const served = await client.discovery.resolve(asked.type, signal);
  if (served?.kind !== 'Namespace' || served.group !== '') {
    throw usageError('--unfollow is for namespaces', 'fedctl federate namespace NAME --unfollow');
  }
  const namespace = asked.name;
  if ((await getIfPresent(client, NAMESPACES, { name: namespace }, signal)) === undefined) {
    throw new CliError(`there is no Namespace "${namespace}" in ${client.cluster}`);
  }
  const configs = await readTypeConfigs(context, client);
  const resource = federatedNamespacesOf(configs);
  const following = (await listIfServed(client, resource, { namespace, signal })).filter(asksToFollow);
  const kinds = await federatedKinds(client, configs, signal);
  const released = new Set<string>();
  if (!dryRun) for (const each of following) await label(context, client, resource, each, null);
  for (let look = 1; look <= LOOKS; look++) {
    const marked = await releaseMarked(context, client, kinds, namespace);
    for (const name of marked) released.add(name);
    if (marked.length === 0 || dryRun) break;
  }
  const binding = { name: FOLLOWING_ROLE, namespace };
  await deleteIfPresent(client, ROLE_BINDINGS, binding, { signal, dryRun });

  const note = dryRun ? ' (dry run)' : '';
  if (following.length === 0 && released.size === 0) {
    progress.line(`namespace ${namespace} is not followed: nothing to do`);
    return;
  }
  progress.line(`namespace ${namespace} is no longer followed${note}`);
  if (released.size === 0) return;
  const stay = released.size === 1 ? '1 federated object stays' : `${released.size} federated objects stay`;
  progress.line(`${stay}, and the copies in the members; what changes in the namespace no longer changes them`);
  for (const name of [...released].sort()) progress.line(`  ${name}`);
}

/** Those of types that are not enabled any more too. */
async function federatedKinds(
  client: Client,
  configs: readonly FederatedTypeConfig[],
  signal: AbortSignal,
): Promise<Resource[]> {
  const groups = new Set([DEFAULT_FEDERATED_GROUP, ...configs.map((config) => federatedResourceOf(config).group)]);
  const served = await client.discovery.resources(signal);
  return served.filter(({ group, kind, namespaced, preferred }) => {
    return namespaced && preferred && groups.has(group) && kind.startsWith('Federated');
  });
}

async function releaseMarked(
  context: CliContext,
  client: Client,
  kinds: readonly Resource[],
  namespace: string,
): Promise<string[]> {
  const { signal } = context;
  const found = await mapConcurrently(kinds, AT_A_TIME, async (resource) => {
    const objects = await listIfServed(client, resource, { namespace, metadataOnly: true, signal });
    return objects.filter((each) => markOf(each) !== undefined).map(({ metadata }) => ({ resource, metadata }));
  });
  return mapConcurrently(found.flat(), AT_A_TIME, async ({ resource, metadata }) => {
    const { name = '', uid } = metadata;
    const body = { metadata: { uid, annotations: { [FOLLOWED_FROM_ANNOTATION]: null } } };
    try {
      if (!context.options.dryRun) {
        await client.patch(resource, { name, namespace }, { type: 'merge', body }, { signal });
      }
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return objectName(resource, { name });
  });
}
