import type { FederatedTypeConfig } from '../../apis/core/v1beta1/federated-type-config.ts';
import { FOLLOWING_ROLE, followingRole } from '../../apis/rbac/following-role.ts';
import { followableTypes } from '../../controller/following/followed-namespaces.ts';
import type { Client } from '../../controller/kube/client.ts';
import { ensure } from '../../controller/membership/ensure.ts';
import { type BindingObject, CLUSTER_ROLES, RBAC_GROUP, ROLE_BINDINGS } from '../../controller/membership/kinds.ts';
import { getIfPresent, outcomeLine } from '../apply.ts';
import type { CliContext } from '../context.ts';
import type { Progress } from '../output/progress.ts';

/** Who the controller is where `manifests/` deploys it. Run as somebody else it has that one's rights, and needs none of these. */
const SERVICE_ACCOUNT = 'fedmesh-controller';

/** What the controller needs in a namespace that it is to follow, on the kinds that are federated. */
export async function grantFollowing(
  context: CliContext,
  host: Client,
  options: { namespace: string; configs: readonly FederatedTypeConfig[]; progress: Progress },
): Promise<void> {
  const { namespace, configs, progress } = options;
  const writing = { signal: context.signal, dryRun: context.options.dryRun };
  const role = await ensure(host, CLUSTER_ROLES, { ...followingRole(followableTypes(configs)) }, writing);
  const binding = await ensure<BindingObject>(host, ROLE_BINDINGS, bindingIn(context, namespace), writing);
  if (role.outcome !== 'unchanged')
    progress.line(outcomeLine(CLUSTER_ROLES, role.object.metadata, role.outcome, writing));
  if (binding.outcome !== 'unchanged') {
    progress.line(outcomeLine(ROLE_BINDINGS, binding.object.metadata, binding.outcome, writing));
  }
}

/** Keeps the role to the kinds that are federated. Where there is none nobody follows. */
export async function adjustFollowing(
  context: CliContext,
  host: Client,
  configs: readonly FederatedTypeConfig[],
  progress: Progress,
): Promise<void> {
  const writing = { signal: context.signal, dryRun: context.options.dryRun };
  const present = await getIfPresent(host, CLUSTER_ROLES, { name: FOLLOWING_ROLE }, context.signal);
  if (present === undefined) return;
  const { outcome, object } = await ensure(
    host,
    CLUSTER_ROLES,
    { ...followingRole(followableTypes(configs)) },
    writing,
  );
  if (outcome !== 'unchanged') progress.line(outcomeLine(CLUSTER_ROLES, object.metadata, outcome, writing));
}

function bindingIn(context: CliContext, namespace: string): BindingObject {
  return {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: 'RoleBinding',
    metadata: { name: FOLLOWING_ROLE, namespace, labels: { 'app.kubernetes.io/part-of': 'fedmesh' } },
    roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: FOLLOWING_ROLE },
    subjects: [{ kind: 'ServiceAccount', name: SERVICE_ACCOUNT, namespace: context.options.kubefedNamespace }],
  };
}
