import type { MeshPlace } from '../../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { DeepReadonly, KubeObject } from '../../../apis/meta/v1.ts';
import type { Client } from '../../kube/client.ts';
import { SECRETS } from '../../kube/core-kinds.ts';
import { isNotFound } from '../../kube/errors.ts';
import type { Clock } from '../../time/clock.ts';

interface Secret extends KubeObject {
  data?: Record<string, string>;
}

/** A token is asked for at each request; a new one in the Secret counts after this at the latest. */
const FRESH_MS = 5_000;

export interface TokenSourceOptions {
  readonly host: Client;
  /** The control plane's. */
  readonly namespace: string;
  readonly clock: Clock;
}

/**
 * Reads the provider's token from the Secret that the MeshConfig names.
 * @throws Error that says what is missing where; never with any of the Secret's data
 */
export function tokenSource({
  host,
  namespace,
  clock,
}: TokenSourceOptions): (place: DeepReadonly<MeshPlace>, signal: AbortSignal) => Promise<string> {
  const read = new Map<string, { readonly token: string; readonly at: number }>();
  return async ({ netmaker }, signal) => {
    const { name = '', key = 'token' } = netmaker?.tokenSecretRef ?? {};
    const id = `${name}/${key}`;
    const known = read.get(id);
    if (known !== undefined && clock.monotonic() - known.at < FRESH_MS) return known.token;
    read.clear();
    const secret = await host.get<Secret>(SECRETS, { name, namespace }, { signal }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
      throw new Error(
        `there is no Secret ${namespace}/${name}: \`fedctl network setup --token-file FILE\` stores the token there`,
      );
    });
    const encoded = secret.data?.[key];
    if (encoded === undefined) throw new Error(`the Secret ${namespace}/${name} has no key "${key}"`);
    const token = Buffer.from(encoded, 'base64').toString('utf8');
    read.set(id, { token, at: clock.monotonic() });
    return token;
  };
}
