import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { kubectl, run, succeed } from './processes.ts';

/** The ServiceAccount of the manifests. */
const CONTROLLER_ACCOUNT = 'fedmesh-controller';

/** The Secret is the webhooks' empty one, which the controller may fill but not make. */
const RIGHTS = ['Secret', 'ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'];

interface Kubeconfig {
  clusters: { name: string }[];
  contexts: { name: string; context: { cluster: string } }[];
}

/** What `manifests/namespaced` is for this namespace, once somebody has written it into its kustomization. */
async function manifestsFor(namespace: string): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'fedmesh-namespaced-'));
  try {
    await cp('manifests', scratch, { recursive: true });
    const file = join(scratch, 'namespaced', 'kustomization.yaml');
    const kustomization = await readFile(file, 'utf8');
    await writeFile(file, kustomization.replace(/^namespace: .*$/m, `namespace: ${namespace}`));
    return await succeed(run('kubectl', ['kustomize', dirname(file)]));
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/**
 * Applies the rights that the manifests give a controller in this namespace, and writes a kubeconfig with those alone.
 * Returns its path, which lies beside the administrator's.
 */
export async function limitedKubeconfig(kubeconfig: string, host: string, namespace: string): Promise<string> {
  const objects = parseAllDocuments(await manifestsFor(namespace)).map((document) => document.toJS());
  const rights = objects.filter(({ kind }) => RIGHTS.includes(kind)).map((object) => stringify(object));
  const asAdmin = ['--context', host];
  await succeed(kubectl(kubeconfig, [...asAdmin, 'apply', '-f', '-'], { stdin: rights.join('---\n') }));
  const token = await succeed(
    kubectl(kubeconfig, [...asAdmin, 'create', 'token', CONTROLLER_ACCOUNT, '-n', namespace, '--duration=1h']),
  );
  const { clusters, contexts } = parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig;
  const name = contexts.find((each) => each.name === host)?.context.cluster ?? '';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: clusters.filter((cluster) => cluster.name === name),
    users: [{ name: 'controller', user: { token: token.trim() } }],
    contexts: [{ name: host, context: { cluster: name, user: 'controller' } }],
    'current-context': host,
  };
  const path = join(dirname(kubeconfig), `controller-of-${namespace}`);
  await writeFile(path, stringify(config));
  return path;
}
