import { dns1123LabelFault } from '../../apis/meta/names.ts';

/** What join makes in a member is called as KubeFed v0.10.0 called it. */
export interface MemberNames {
  /** `<cluster>-<host>` */
  readonly serviceAccount: string;
  /** The Role and RoleBinding in the control plane's namespace; where its scope is the cluster, also the ClusterRole and its binding. */
  readonly role: string;
}

const ROLE_PREFIX = 'kubefed-controller-manager:';
const HEALTH_CHECK = ':healthcheck-';

export function memberNames(cluster: string, host: string): MemberNames {
  return memberNamesOf(`${cluster}-${host}`);
}

export function memberNamesOf(serviceAccount: string): MemberNames {
  return { serviceAccount, role: `${ROLE_PREFIX}${serviceAccount}` };
}

/**
 * The ClusterRole and ClusterRoleBinding. For a control plane that is limited to its namespace they say little (KubeFed: the
 * health check), and bear that namespace in their name, so that several can live in one member.
 */
export function clusterRoleOf({ serviceAccount, role }: MemberNames, { namespace, scope }: Extent): string {
  return scope === 'Cluster' ? role : `${ROLE_PREFIX}${namespace}${HEALTH_CHECK}${serviceAccount}`;
}

/** What a control plane reaches in a member. */
interface Extent {
  readonly namespace: string;
  readonly scope: 'Cluster' | 'Namespaced';
}

/** Whose ClusterRole that is, by its name; `undefined` when it is no control plane's. */
export function holderOf(clusterRole: string): { serviceAccount: string; onlyIn?: string } | undefined {
  if (!clusterRole.startsWith(ROLE_PREFIX)) return undefined;
  const rest = clusterRole.slice(ROLE_PREFIX.length);
  const cut = rest.indexOf(HEALTH_CHECK);
  if (cut < 0) return { serviceAccount: rest };
  return { serviceAccount: rest.slice(cut + HEALTH_CHECK.length), onlyIn: rest.slice(0, cut) };
}

/** The Secret in the host that holds the member's token, unless another name is given. */
export function secretNameOf(cluster: string): string {
  return `${cluster}-token`;
}

/**
 * The host's name within other names. Contexts are called as people please (`kubernetes-admin@kubernetes`,
 * `gke_project_zone_name`); object names are not.
 */
export function hostNameOf(context: string): string {
  const name = context
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63)
    .replace(/-+$/, '');
  return name === '' ? 'host' : name;
}

/** What is wrong with a member's name, or nothing. It becomes part of names that allow no more than this. */
export function clusterNameFault(name: string): string | undefined {
  return dns1123LabelFault(name);
}
