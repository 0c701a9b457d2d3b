import { addressIn, bare, rangeIn } from './addresses.ts';
import { Fields } from './fields.ts';
import { GenerateError } from './generate-error.ts';
import type { Site, SiteNode, Sites } from './sites.ts';

const TOP = ['clusters', 'layer2', 'withinClusters', 'meshInterface', 'routes', 'gateways', 'outbound'];
const CLUSTER = ['name', 'podCIDRs', 'serviceCIDRs', 'virtualCIDRs', 'networkPlugin', 'nodes'];
const NODE = ['name', 'addresses', 'externalAddresses', 'podCIDRs'];

/**
 * Clusters as a person writes them down before they are there. `gateways`, `routes` and `outbound` are written as in a MeshConfig.
 * @throws GenerateError with the path of what is wrong
 */
export function readSites(value: unknown): Sites {
  const file = new Fields(value, '', TOP);
  const clusters = file.objects('clusters', CLUSTER, readSite);
  if (clusters.length === 0)
    throw new GenerateError('clusters is empty', 'name each cluster with its podCIDRs and nodes');
  assertOnce(
    clusters.map(({ cluster }) => cluster),
    'cluster',
  );
  const gateways = file.objects('gateways', ['cluster', 'node', 'relayedBy'], (fields) => ({
    where: fields.at('cluster'),
    cluster: fields.text('cluster'),
    node: fields.text('node'),
  }));
  const outbound = file.objects('outbound', ['name', 'cidr', 'cluster'], (fields) => ({
    where: fields.at('cluster'),
    cluster: fields.text('cluster'),
    cidr: rangeIn(fields.at('cidr'), fields.text('cidr')).text,
  }));
  for (const { where, cluster } of [...gateways, ...outbound]) assertKnown(clusters, where, cluster);
  const routes = file.object('routes', ['services', 'nodes']);
  const meshInterface = file.optionalText('meshInterface');
  return {
    clusters: clusters.map((site) => ({
      ...site,
      outboundCIDRs: outbound.filter(({ cluster }) => cluster === site.cluster).map(({ cidr }) => cidr),
      gateways: namedGateways(
        site,
        gateways.filter(({ cluster }) => cluster === site.cluster).map(({ node }) => node),
      ),
    })),
    layer2: file.texts('layer2', rangeIn),
    withinClusters: file.flag('withinClusters'),
    ...(meshInterface === undefined ? {} : { meshInterface: interfaceName('meshInterface', meshInterface) }),
    routes: { services: routes.flag('services'), nodes: routes.flag('nodes') },
  };
}

/** @throws GenerateError when the cluster has no such node */
export function namedGateways(site: Site, nodes: readonly string[]): readonly string[] {
  const known = site.nodes.map(({ name }) => name);
  const unknown = nodes.find((node) => !known.includes(node));
  if (unknown === undefined) return nodes;
  throw new GenerateError(
    `${site.cluster} has no node ${unknown} that could be its gateway`,
    known.length === 0 ? 'no node of it is known: list them' : `its nodes are: ${known.slice(0, 20).join(', ')}`,
  );
}

/** @throws GenerateError for what the kernel takes for no name of an interface */
export function interfaceName(where: string, name: string): string {
  if (/^[A-Za-z0-9_.:@-]{1,15}$/.test(name) && !name.startsWith('-')) return name;
  throw new GenerateError(
    `${where}: ${JSON.stringify(name)} is no name of an interface`,
    '`ip link` shows their names, such as eth0 or nm-fed',
  );
}

function readSite(fields: Fields): Site {
  const plugin = fields.optionalText('networkPlugin');
  if (plugin !== undefined && plugin !== 'calico') {
    throw new GenerateError(
      `${fields.at('networkPlugin')}: ${plugin} needs nothing of its own`,
      'write calico, or leave it out',
    );
  }
  const texts = (field: string) => fields.texts(field, (where, text) => rangeIn(where, text).text);
  const nodes = fields.objects('nodes', NODE, readNode);
  assertOnce(
    nodes.map(({ name }) => name),
    `node of ${fields.text('name')}`,
  );
  const podCIDRs = texts('podCIDRs');
  if (podCIDRs.length === 0) {
    throw new GenerateError(
      `${fields.at('podCIDRs')} is empty`,
      'routes lead to ranges: name the one that its pods have',
    );
  }
  return {
    cluster: fields.text('name'),
    podCIDRs,
    serviceCIDRs: texts('serviceCIDRs'),
    virtualCIDRs: texts('virtualCIDRs'),
    outboundCIDRs: [],
    nodes,
    gateways: [],
    ...(plugin === undefined ? {} : { networkPlugin: plugin }),
  };
}

function readNode(fields: Fields): SiteNode {
  const addresses = (field: string) => fields.texts(field, (where, text) => bare(addressIn(where, text)));
  const own = addresses('addresses');
  if (own.length === 0) {
    throw new GenerateError(`${fields.at('addresses')} is empty`, 'others reach a node at its InternalIP: name it');
  }
  return {
    name: fields.text('name'),
    addresses: own,
    externalAddresses: addresses('externalAddresses'),
    podCIDRs: fields.texts('podCIDRs', (where, text) => rangeIn(where, text).text),
    ready: true,
  };
}

function assertOnce(names: readonly string[], what: string): void {
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new GenerateError(`${what} ${twice} is there twice`, 'give each a name of its own');
}

function assertKnown(clusters: readonly Site[], where: string, cluster: string): void {
  if (clusters.some((site) => site.cluster === cluster)) return;
  throw new GenerateError(
    `${where}: there is no cluster ${cluster}`,
    `clusters are: ${clusters.map((site) => site.cluster).join(', ')}`,
  );
}
