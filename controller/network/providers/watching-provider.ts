import type { Client } from '../../kube/client.ts';
import { ApiError, ConnectionError, isForbidden, isNotFound } from '../../kube/errors.ts';
import type {
  MemberNetwork,
  MeshPlan,
  MeshProblem,
  MeshProvider,
  MeshState,
  ProviderCapabilities,
} from './provider.ts';

/** What a provider that is only looked at was seen to have. */
export interface WatchedState extends MeshState {
  readonly problems: readonly MeshProblem[];
}

/** The connected members' clients; undefined: it is not connected. */
export type MemberClient = (cluster: string) => Client | undefined;

/** A mesh that somebody else makes in the members: it is read there, and nothing of it is ever changed. */
export abstract class WatchingProvider implements MeshProvider<WatchedState> {
  abstract readonly name: MeshProvider['name'];
  protected readonly member: MemberClient;

  constructor(member: MemberClient) {
    this.member = member;
  }

  abstract capabilities(): Promise<ProviderCapabilities>;
  abstract observe(members: readonly MemberNetwork[], signal: AbortSignal): Promise<WatchedState>;

  plan(_members: readonly MemberNetwork[], { problems }: WatchedState): MeshPlan {
    return { actions: [], problems };
  }

  apply(): Promise<void> {
    return Promise.resolve();
  }

  release(): MeshPlan {
    return { actions: [], problems: [] };
  }
}

/** Reads one member; what is in the way there becomes a problem of that member alone. */
export async function readMember<T>(
  { cluster }: MemberNetwork,
  product: string,
  client: Client | undefined,
  read: (client: Client) => Promise<T>,
): Promise<T | MeshProblem> {
  if (client === undefined) {
    const message = `"${cluster}" is not connected, so that nothing is known of its ${product}`;
    return { cluster, reason: 'MemberAway', message };
  }
  try {
    return await read(client);
  } catch (error) {
    if (isNotFound(error)) {
      const message = `${product} is not installed in "${cluster}": install it there, or name another provider in the MeshConfig`;
      return { cluster, reason: 'GatewayMissing', message };
    }
    if (isForbidden(error)) {
      const message = `the role in "${cluster}" does not let ${product} be read: \`fedctl join ${cluster}\` again grants it`;
      return { cluster, reason: 'Forbidden', message };
    }
    if (error instanceof ApiError || error instanceof ConnectionError) {
      return {
        cluster,
        reason: 'MemberAway',
        message: `${product} in "${cluster}" could not be read: ${error.message}`,
      };
    }
    throw error;
  }
}
