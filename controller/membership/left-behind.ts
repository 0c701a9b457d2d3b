import { federatedResourceOf, targetResourceOf } from '../../apis/core/v1beta1/federated-type-config.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import type { Client } from '../kube/client.ts';
import { isNotFound } from '../kube/errors.ts';
import { groupResourceOf, keyOf } from '../kube/resource.ts';
import type { ControlPlane } from './control-plane.ts';
import { readTypeConfigs } from './granted-types.ts';

/** What a member bears by the records in the host: all that can be told of one that does not answer. */
export interface Recorded {
  /** `deployments.apps` */
  readonly resource: string;
  /** `default/web` */
  readonly key: string;
}

/** The objects that the host's federated objects have recorded in a member, in their status. */
export async function recordedIn(
  host: Client,
  { namespace, scope }: Pick<ControlPlane, 'namespace' | 'scope'>,
  cluster: string,
  signal: AbortSignal,
): Promise<Recorded[]> {
  const configs = (await readTypeConfigs(host, namespace, signal)).filter(
    ({ spec }) => scope === 'Cluster' || spec.targetType.scope === 'Namespaced',
  );
  const where = scope === 'Cluster' ? {} : { namespace };
  const perType = await Promise.all(
    configs.map(async (config) => {
      const resource = groupResourceOf(targetResourceOf(config));
      const objects = await federatedObjects(host, config, { ...where, signal });
      return objects
        .filter((object) => isRecorded(object, cluster))
        .map((object) => ({ resource, key: keyIn(resource, object) }));
    }),
  );
  return perType.flat();
}

async function federatedObjects(
  host: Client,
  config: Parameters<typeof federatedResourceOf>[0],
  selection: { namespace?: string; signal: AbortSignal },
): Promise<FederatedObject[]> {
  try {
    return (await host.listAll<FederatedObject>(federatedResourceOf(config), selection)).items;
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

function isRecorded({ status }: FederatedObject, cluster: string): boolean {
  return (
    status?.clusters?.some(({ name }) => name === cluster) === true ||
    status?.propagatedVersion?.clusterVersions?.some(({ clusterName }) => clusterName === cluster) === true
  );
}

/** A FederatedNamespace stands for the namespace that it lives in, whatever its name. */
function keyIn(resource: string, { metadata }: FederatedObject): string {
  return resource === 'namespaces' ? (metadata.namespace ?? '') : keyOf(metadata);
}
