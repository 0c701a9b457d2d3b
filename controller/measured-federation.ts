import type { Clusters } from './clusters/clusters.ts';
import { keyOf } from './kube/resource.ts';
import { secretRefOf } from './membership/identity.ts';
import { lifeOf } from './membership/token-life.ts';
import type { MeasuredFederation } from './telemetry/federation-metrics.ts';
import type { Clock } from './time/clock.ts';
import type { TypeController } from './types/type-controller.ts';

/** What metrics show of a federation. Read when somebody asks, so that nobody has to keep it current. */
export function measuredFederation(
  clusters: Pick<Clusters, 'list' | 'object' | 'secrets'>,
  types: Pick<TypeController, 'running'>,
  clock: Clock,
): MeasuredFederation {
  const credentialsEndInMs = (name: string) => {
    const cluster = clusters.object(name);
    // A malformed one is no reason to show nothing of the others.
    if (cluster?.spec?.secretRef?.name === undefined) return undefined;
    const life = lifeOf(clusters.secrets.get(keyOf(secretRefOf(cluster))));
    return life === undefined ? undefined : life.expiresAt - clock.now();
  };
  return {
    clusters: () =>
      clusters.list().map(({ name, lane }) => ({ name, lane, credentialsEndInMs: credentialsEndInMs(name) })),
    types: () =>
      [...types.running()].map((sync) => ({ name: sync.type.name, objects: sync.size, copies: sync.standing() })),
  };
}
