import { stringify } from 'yaml';
import { addressesOf, bare } from './addresses.ts';
import { PLAYBOOK, ROLE_FILES } from './ansible-role.ts';
import { fileName, type GeneratedFile, madeBy, PLAIN } from './generated-file.ts';
import { generateRoutes } from './routes.ts';
import type { RoutesScriptOptions } from './routes-script.ts';
import type { Site, Sites } from './sites.ts';

const ROLE = 'ansible/roles/fedmesh_routes';

/**
 * The scripts of `generate routes` as a role that installs them on every node and keeps them applied, with its inventory and playbook.
 * @throws GenerateError as `generateRoutes` does
 */
export function generateAnsible(
  sites: Sites,
  { forward }: Pick<RoutesScriptOptions, 'forward'>,
): { files: readonly GeneratedFile[]; warnings: readonly string[] } {
  // The role asks for what is to be done; a script that is run by hand applies.
  const { files, plan } = generateRoutes(sites, { action: 'apply', forward });
  const scripts = files.filter(({ path }) => path.startsWith('routes/'));
  const others = files.filter(({ path }) => !path.startsWith('routes/'));
  return {
    files: [
      yamlFile('ansible/inventory.yml', 'hosts and the script of each', `---\n${stringify(inventory(sites))}`),
      yamlFile(
        'ansible/fedmesh.yml',
        'ansible-playbook -i inventory.yml fedmesh.yml; --tags remove undoes it, --limit HOST is for one of them',
        PLAYBOOK,
      ),
      ...Object.entries(ROLE_FILES).map(([path, text]) => yamlFile(`${ROLE}/${path}`, 'a role', text)),
      ...scripts.map((file) => ({ ...file, path: file.path.replace(/^routes\//, `${ROLE}/files/`) })),
      ...others,
    ],
    warnings: plan.problems.map(({ message }) => message),
  };
}

function yamlFile(path: string, about: string, text: string): GeneratedFile {
  return { path, mode: PLAIN, text: `${madeBy('ansible', about)}${text}` };
}

function inventory(sites: Sites): object {
  const names = sites.clusters.flatMap(({ nodes }) => nodes.map(({ name }) => fileName(name)));
  const isUnique = (name: string) => names.indexOf(name) === names.lastIndexOf(name);
  const hosts = sites.clusters.toSorted(byCluster).flatMap(({ cluster, nodes }) =>
    nodes
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, addresses }) => {
        const node = fileName(name);
        const host = isUnique(node) ? node : `${fileName(cluster)}-${node}`;
        const [address] = addressesOf(addresses).map(bare);
        const variables = {
          ...(address === undefined ? {} : { ansible_host: address }),
          fedmesh_routes_script: `${fileName(cluster)}/${node}.sh`,
        };
        return [host, variables] as const;
      }),
  );
  return { fedmesh: { hosts: Object.fromEntries(hosts) } };
}

function byCluster(a: Site, b: Site): number {
  return a.cluster < b.cluster ? -1 : 1;
}
