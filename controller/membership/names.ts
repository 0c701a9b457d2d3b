import { dns1123LabelFault } from '../../apis/meta/names.ts';

/** What join makes in a member is called as KubeFed v0.10.0 called it. */
export interface MemberNames {
  /** `<cluster>-<host>` */
  readonly serviceAccount: string;
  /** ClusterRole, ClusterRoleBinding, and the Role and RoleBinding in the control plane's namespace. */
  readonly role: string;
}

export const ROLE_PREFIX = 'kubefed-controller-manager:';

export function memberNames(cluster: string, host: string): MemberNames {
  return memberNamesOf(`${cluster}-${host}`);
}

export function memberNamesOf(serviceAccount: string): MemberNames {
  return { serviceAccount, role: `${ROLE_PREFIX}${serviceAccount}` };
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
