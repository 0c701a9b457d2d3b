import type { Client } from '../../kube/client.ts';
import { NODES } from '../../kube/core-kinds.ts';
import { isForbidden, isNotFound } from '../../kube/errors.ts';
import type { Resource } from '../../kube/resource.ts';
import { SERVICE_CIDRS } from './kinds.ts';

/**
 * Names and UIDs of the nodes and ServiceCIDRs of a cluster in one text: when it is another one than before, there are ranges to be read
 * again. Served from the API server's cache, metadata only, so that it may be asked for often.
 */
export async function readFingerprint(client: Client, signal: AbortSignal): Promise<string> {
  const kinds = [NODES, ...SERVICE_CIDRS.slice(0, 1)];
  const lists = await Promise.all(kinds.map((kind) => identities(client, kind, signal)));
  return lists.map((names) => names.sort().join(',')).join(';');
}

async function identities(client: Client, resource: Resource, signal: AbortSignal): Promise<string[]> {
  try {
    const { items } = await client.list(resource, { metadataOnly: true, resourceVersion: '0', signal });
    return items.map(({ metadata }) => `${metadata.name}/${metadata.uid}`);
  } catch (error) {
    if (isForbidden(error) || isNotFound(error)) return [];
    throw error;
  }
}
