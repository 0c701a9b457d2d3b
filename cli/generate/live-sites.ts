import type { ClusterNetworkSpec } from '../../apis/core/v1beta1/cluster-network.ts';
import type { MeshConfig } from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { Secret } from '../../controller/clusters/endpoint.ts';
import type { Client } from '../../controller/kube/client.ts';
import { SECRETS } from '../../controller/kube/core-kinds.ts';
import { secretRefOf } from '../../controller/membership/identity.ts';
import { discover } from '../../controller/network/discovery/discover.ts';
import type { NetworkFacts, Node } from '../../controller/network/discovery/facts.ts';
import { readFacts } from '../../controller/network/discovery/read-facts.ts';
import { addressesOf, bare } from '../../controller/network/generate/addresses.ts';
import type { Site, SiteNode, Sites } from '../../controller/network/generate/sites.ts';
import { namedGateways } from '../../controller/network/generate/sites-file.ts';
import { podsUseNodeRanges } from '../../controller/network/overlap/within-cluster.ts';
import { getIfPresent } from '../apply.ts';
import { mapConcurrently } from '../concurrently.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../exit.ts';
import { accessMember } from '../membership/member-access.ts';
import { contextsToSurvey } from '../network/contexts.ts';
import { readMeshConfig } from '../network/mesh-config.ts';
import { membersNamed } from '../services/participants.ts';

const CLUSTERS_AT_A_TIME = 16;

/** Clusters as their API servers show them, whether they are federated or not. */
export async function sitesOfContexts(context: CliContext, names: readonly string[]): Promise<Sites> {
  const contexts = await contextsToSurvey(context, names);
  const clusters = await mapConcurrently(contexts, CLUSTERS_AT_A_TIME, async (name) =>
    siteBehind(context, name, await context.clientFor(name)),
  );
  return { clusters, layer2: [], withinClusters: false, routes: { services: false, nodes: false } };
}

/** Members that are there to stay, with what was declared of them, and what their MeshConfig says. */
export async function sitesOfMembers(context: CliContext, names: readonly string[]): Promise<Sites> {
  const host = await context.hostClient();
  const members = (await membersNamed(context, host, names)).filter(
    ({ metadata }) => metadata.deletionTimestamp === undefined,
  );
  if (members.length === 0) {
    throw new CliError('no cluster has joined', { hint: 'leave out --members to take contexts of the kubeconfig' });
  }
  const mesh = await readMeshConfig(context, host);
  const clusters = await mapConcurrently(members, CLUSTERS_AT_A_TIME, async (member) => {
    const secret = await getIfPresent<Secret>(host, SECRETS, secretRefOf(member), context.signal);
    const access = await accessMember(context, { cluster: member, secret });
    if (access instanceof Error) throw access;
    const { name = '' } = member.metadata;
    return withMesh(await siteBehind(context, name, access.client, member.spec.network), mesh);
  });
  const { services = false, nodes = false } = mesh?.spec.routes ?? {};
  return { clusters, layer2: [], withinClusters: false, routes: { services, nodes } };
}

function withMesh(site: Site, mesh: MeshConfig | undefined): Site {
  const { gateways = [], outbound = [] } = mesh?.spec ?? {};
  const nodes = gateways.filter(({ cluster }) => cluster === site.cluster).map(({ node }) => node);
  return {
    ...site,
    gateways: namedGateways(site, nodes),
    outboundCIDRs: outbound.filter(({ cluster }) => cluster === site.cluster).map(({ cidr }) => cidr),
  };
}

async function siteBehind(
  context: CliContext,
  name: string,
  client: Client,
  declared?: DeepReadonly<ClusterNetworkSpec>,
): Promise<Site> {
  const { facts, forbidden } = await readFacts(client, { signal: context.signal });
  if (forbidden.includes('list nodes')) {
    throw new CliError(`${name}: its nodes may not be listed, and routes are for nodes`, {
      hint: 'ask for list on nodes, or write the clusters down and name the file with -f',
    });
  }
  return siteOf(name, facts, declared);
}

function siteOf(cluster: string, facts: NetworkFacts, declared?: DeepReadonly<ClusterNetworkSpec>): Site {
  const { podCIDRs = [], serviceCIDRs = [] } = discover(facts, declared).network;
  if (podCIDRs.length === 0) {
    throw new CliError(`nothing in ${cluster} tells the range of its pods`, {
      hint: 'write the clusters down and name the file with -f',
    });
  }
  const texts = (ranges: typeof podCIDRs) => ranges.map(({ cidr }) => cidr);
  const perNode = podsUseNodeRanges(facts);
  return {
    cluster,
    podCIDRs: texts(podCIDRs),
    serviceCIDRs: texts(serviceCIDRs),
    outboundCIDRs: [],
    virtualCIDRs: [],
    nodes: (facts.nodes ?? []).map((node) => nodeOf(node, perNode)),
    gateways: [],
    ...((facts.calicoIpPools ?? []).length > 0 ? { networkPlugin: 'calico' } : {}),
  };
}

function nodeOf({ metadata, spec, status }: DeepReadonly<Node>, perNode: boolean): SiteNode {
  const addresses = (wanted: string) =>
    addressesOf((status?.addresses ?? []).filter(({ type }) => type === wanted).map(({ address }) => address)).map(
      bare,
    );
  return {
    name: metadata.name ?? '',
    addresses: addresses('InternalIP'),
    externalAddresses: addresses('ExternalIP'),
    podCIDRs: perNode ? (spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : [])) : [],
    ready: (status?.conditions ?? []).some((condition) => condition.type === 'Ready' && condition.status === 'True'),
  };
}
