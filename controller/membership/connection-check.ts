import type { KubeFedClusterSpec } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { endpointOf } from '../clusters/endpoint.ts';
import { type Client, createClient } from '../kube/client.ts';
import { NAMESPACES } from '../kube/core-kinds.ts';
import type { Credential, Credentials } from '../kube/credentials.ts';
import { ApiError, ConnectionError, isForbidden, isUnauthorized } from '../kube/errors.ts';
import type { Clock } from '../time/clock.ts';
import { explain } from './reach.ts';
import { eventually } from './steps.ts';

export interface ConnectionCheck {
  readonly cluster: string;
  readonly spec: KubeFedClusterSpec;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 10_000;
/** API servers take a moment to learn of a new binding. */
const RIGHTS_MS = 10_000;
const EVERY_MS = 100;

/**
 * Whether a member answers at the address that its KubeFedCluster will say, with a certificate that is valid for it.
 * @returns what is in the way, when it is only that this process does not reach the address: the controller may.
 * @throws MembershipError when the certificate would be refused by anybody.
 */
export async function checkAddress(check: ConnectionCheck): Promise<string | undefined> {
  return withClient(check, {}, async (client) => {
    try {
      await client.raw('GET', '/healthz', { signal: check.signal, timeoutMs: TIMEOUT_MS });
    } catch (error) {
      if (error instanceof ApiError) return undefined;
      if (!(error instanceof ConnectionError)) throw error;
      if (error.code === 'TLS') throw explain(error, check.cluster, check.spec.apiEndpoint, check.spec.tlsServerName);
      return error.message;
    }
    return undefined;
  });
}

/** Reads what the controller reads first, with the token that it will have. */
export async function checkToken(check: ConnectionCheck, token: string): Promise<void> {
  const { cluster, clock, signal, spec } = check;
  await withClient(check, { authorization: `Bearer ${token}` }, async (client) => {
    try {
      await eventually(
        () => client.get<KubeObject>(NAMESPACES, { name: 'kube-system' }, { signal, timeoutMs: TIMEOUT_MS }),
        { clock, signal, forMs: RIGHTS_MS, everyMs: EVERY_MS, retry: (e) => isForbidden(e) || isUnauthorized(e) },
      );
    } catch (error) {
      throw explain(error, cluster, spec.apiEndpoint, spec.tlsServerName);
    }
  });
}

async function withClient<T>(
  { cluster, spec, clock }: ConnectionCheck,
  credential: Credential,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const credentials: Credentials = { get: async () => credential, invalidate: () => undefined };
  const client = createClient(endpointOf({ metadata: { name: cluster }, spec }, credentials), { clock, maxSockets: 1 });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}
