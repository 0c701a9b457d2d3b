import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Resource } from '../../apis/meta/resource.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { CLUSTER_ROLES, ROLES } from '../../controller/membership/kinds.ts';
import { packageRoot } from '../package-root.ts';
import type { Scope } from './control-plane.ts';

/**
 * The roles for people (view, edit, admin) as `manifests/rbac` holds them. For a control plane that is limited to its namespace
 * they are Roles there: nobody can be given more with them, and Kubernetes' own `view` is not widened.
 */
export async function readPeopleRoles(
  scope: Scope,
  namespace: string,
): Promise<{ resource: Resource; role: KubeObject }[]> {
  const directory = join(packageRoot(), 'manifests', 'rbac');
  const files = (await readdir(directory)).filter((file) => /^people-.*\.yaml$/.test(file)).sort();
  return Promise.all(
    files.map(async (file) => {
      const role: KubeObject = parse(await readFile(join(directory, file), 'utf8'));
      if (scope === 'Cluster') return { resource: CLUSTER_ROLES, role };
      const { name = '', labels = {} } = role.metadata;
      const kept = Object.fromEntries(Object.entries(labels).filter(([key]) => !key.includes('/aggregate-to-')));
      return { resource: ROLES, role: { ...role, kind: ROLES.kind, metadata: { name, namespace, labels: kept } } };
    }),
  );
}
