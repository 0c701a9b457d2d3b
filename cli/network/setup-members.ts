import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { MeshGateway } from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { Client } from '../../controller/kube/client.ts';
import { NODES } from '../../controller/kube/core-kinds.ts';
import { discover } from '../../controller/network/discovery/discover.ts';
import type { Node } from '../../controller/network/discovery/facts.ts';
import { readFacts } from '../../controller/network/discovery/read-facts.ts';
import type { MeshMember } from '../../controller/network/mesh/member-networks.ts';
import { meshNodesOf } from '../../controller/network/mesh/mesh-nodes.ts';
import { mapConcurrently } from '../concurrently.ts';
import type { CliContext } from '../context.ts';
import { usageError } from '../exit.ts';

const CLUSTERS_AT_A_TIME = 16;

/** A way into each member that has one, by the contexts of whoever runs this. */
export interface MemberContexts {
  /** Undefined: the kubeconfig has none. */
  readonly clientOf: (cluster: string) => Promise<Client | undefined>;
}

/** @throws CliError when a context was named that the kubeconfig does not have */
export async function memberContexts(
  context: CliContext,
  named: readonly (readonly [string, string])[],
): Promise<MemberContexts> {
  const known = (await context.kubeconfig()).contexts.map(({ name }) => name);
  const names = new Map(named);
  const unknown = named.find(([, name]) => !known.includes(name));
  if (unknown !== undefined) {
    throw usageError(
      `--cluster-contexts ${unknown[0]}=${unknown[1]}: there is no such context in the kubeconfig`,
      `contexts are: ${known.join(', ')}`,
    );
  }
  return {
    clientOf: async (cluster) => {
      const name = names.get(cluster) ?? cluster;
      return known.includes(name) ? context.clientFor(name) : undefined;
    },
  };
}

/** The members that there is a way into. */
export async function memberClients(
  members: readonly MeshMember[],
  contexts: MemberContexts,
): Promise<ReadonlyMap<string, Client>> {
  const found = await Promise.all(
    members.map(async ({ cluster: { metadata } }) => {
      const client = await contexts.clientOf(metadata.name ?? '');
      return client === undefined ? [] : [[metadata.name ?? '', client] as const];
    }),
  );
  return new Map(found.flat());
}

/** Every member that is not leaving, with what is known of its ranges and nodes. */
export async function setupMembers(
  context: CliContext,
  members: readonly KubeFedCluster[],
  contexts: MemberContexts,
): Promise<MeshMember[]> {
  const staying = members.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return mapConcurrently(staying, CLUSTERS_AT_A_TIME, async (cluster) => {
    const client = await contexts.clientOf(cluster.metadata.name ?? '');
    const network = cluster.status?.network;
    if (client === undefined) return { cluster, network, nodes: [] };
    if (network !== undefined) return { cluster, network, nodes: await nodesOf(client, context.signal) };
    const { facts } = await readFacts(client, { signal: context.signal });
    const found = discover(facts, cluster.spec.network);
    return { cluster, network: found.network, nodes: meshNodesOf(facts.nodes ?? []) };
  });
}

async function nodesOf(client: Client, signal: AbortSignal) {
  const { items } = await client.listAll<Node>(NODES, { signal });
  return meshNodesOf(items);
}

/**
 * That gateways are nodes of members, before anything is written.
 * @throws CliError that names those that there are
 */
export function assertGateways(
  gateways: readonly Pick<MeshGateway, 'cluster' | 'node'>[],
  members: readonly MeshMember[],
  warn: (message: string) => void,
): void {
  const names = members.map(({ cluster }) => cluster.metadata.name ?? '');
  for (const { cluster, node } of gateways) {
    const member = members.find((each) => each.cluster.metadata.name === cluster);
    if (member === undefined) {
      const hint = names.length === 0 ? 'none has joined yet: `fedctl join`' : `members are: ${names.join(', ')}`;
      throw usageError(`--gateway ${cluster}=${node}: there is no member "${cluster}"`, hint);
    }
    const nodes = member.nodes ?? [];
    if (nodes.length === 0) {
      warn(
        `whether "${cluster}" has a node "${node}" was not looked up: the kubeconfig has no context "${cluster}" (--cluster-contexts ${cluster}=CONTEXT names one)`,
      );
    } else if (!nodes.some(({ name }) => name === node)) {
      const some = nodes.slice(0, 10).map(({ name }) => name);
      const more = nodes.length > some.length ? `, and ${nodes.length - some.length} more` : '';
      throw usageError(
        `--gateway ${cluster}=${node}: "${cluster}" has no node "${node}"`,
        `its nodes are: ${some.join(', ')}${more}`,
      );
    }
  }
}
