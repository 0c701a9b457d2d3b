import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { Client } from '../../kube/client.ts';
import { NODES } from '../../kube/core-kinds.ts';
import { ApiError, ConnectionError } from '../../kube/errors.ts';
import type { Node } from '../discovery/facts.ts';
import type { MeshNode } from '../providers/provider.ts';

/** A member's nodes as a mesh sees them. */
export function meshNodesOf(nodes: DeepReadonly<Node[]>): MeshNode[] {
  return nodes.map(({ metadata, spec, status }) => ({
    name: metadata.name ?? '',
    addresses: (status?.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address),
    podCIDRs: spec?.podCIDRs ?? (spec?.podCIDR === undefined ? [] : [spec.podCIDR]),
    ready: (status?.conditions ?? []).some(({ type, status: holds }) => type === 'Ready' && holds === 'True'),
  }));
}

/**
 * The nodes that are known, with those that are gateways as they are now: whether a node is Ready changes often, and only of gateways does it
 * matter. A node whose state cannot be read stays as it was.
 */
export async function withGatewaysNow(
  client: Pick<Client, 'list'>,
  known: readonly MeshNode[],
  gateways: readonly string[],
  signal: AbortSignal,
): Promise<readonly MeshNode[]> {
  const fresh = new Map(
    (await Promise.all(gateways.map((name) => nodeNow(client, name, signal)))).flatMap((node) =>
      node === undefined ? [] : [[node.name, node] as const],
    ),
  );
  const names = new Set(known.map(({ name }) => name));
  const added = [...fresh.values()].filter(({ name }) => !names.has(name));
  return [...known.map((node) => fresh.get(node.name) ?? node), ...added];
}

/** Listed, because listing nodes is what the member's role lets us. */
async function nodeNow(client: Pick<Client, 'list'>, name: string, signal: AbortSignal): Promise<MeshNode | undefined> {
  try {
    const { items } = await client.list<Node>(NODES, { fieldSelector: `metadata.name=${name}`, signal });
    return meshNodesOf(items).find((node) => node.name === name);
  } catch (error) {
    if (error instanceof ApiError || error instanceof ConnectionError) return undefined;
    throw error;
  }
}
