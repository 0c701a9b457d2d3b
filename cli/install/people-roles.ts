import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { packageRoot } from '../package-root.ts';

/** The ClusterRoles for people (view, edit, admin) as `manifests/rbac` holds them. */
export async function readPeopleRoles(): Promise<KubeObject[]> {
  const directory = join(packageRoot(), 'manifests', 'rbac');
  const files = (await readdir(directory)).filter((file) => /^people-.*\.yaml$/.test(file)).sort();
  return Promise.all(
    files.map(async (file): Promise<KubeObject> => parse(await readFile(join(directory, file), 'utf8'))),
  );
}
