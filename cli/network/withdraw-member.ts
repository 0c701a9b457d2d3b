import { managesRoutes } from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { Client } from '../../controller/kube/client.ts';
import type { ControlPlane } from '../../controller/membership/control-plane.ts';
import { applyActions, providerFault } from '../../controller/network/mesh/look.ts';
import { describePlace } from '../../controller/network/mesh/mesh-place.ts';
import type { CliContext } from '../context.ts';
import type { Progress } from '../output/progress.ts';
import { readMeshConfig } from './mesh-config.ts';
import { meshProvider } from './mesh-provider.ts';
import { readToken } from './mesh-writes.ts';
import { TOKEN_KEY } from './setup-spec.ts';

/**
 * Takes a member's routes out of the mesh where no controller lives that would. One that cannot be reached holds up nobody's leaving.
 * @returns what is left there, in sentences, with the way out
 */
export async function withdrawMember(
  context: CliContext,
  host: Client,
  { namespace, uid: owner }: ControlPlane,
  cluster: string,
  progress: Progress,
): Promise<readonly string[]> {
  const { signal } = context;
  const place = (await readMeshConfig(context, host))?.status?.programmed;
  if (place === undefined || !managesRoutes(place.provider)) return [];
  const wayOut =
    'a controller that runs withdraws them (`fedmesh-controller`), or `fedctl network teardown` with all that was made there';
  const left = (why: string) => [`in the mesh: its routes are still in ${describePlace(place)}: ${why}; ${wayOut}`];
  const { name = '', key = TOKEN_KEY } = place.netmaker?.tokenSecretRef ?? {};
  const token = name === '' ? undefined : await readToken(host, { namespace, name, key }, signal);
  const provider = meshProvider(context, place, { owner, token });
  try {
    const { actions } = provider.release(cluster, await provider.observe([], signal));
    const [failure] = await applyActions(provider, actions, {
      signal,
      onApplied: ({ summary }) => progress.line(`done: ${summary}`),
    });
    return failure === undefined ? [] : left(failure.message);
  } catch (error) {
    signal.throwIfAborted();
    const fault = providerFault(error);
    if (fault === undefined) throw error;
    return left(fault.message);
  } finally {
    await provider.close?.();
  }
}
