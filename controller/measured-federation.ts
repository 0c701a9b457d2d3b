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
  const tokenLife = (name: string) => {
    const cluster = clusters.object(name);
    // A malformed one is no reason to show nothing of the others.
    if (cluster?.spec?.secretRef?.name === undefined) return undefined;
    return lifeOf(clusters.secrets.get(keyOf(secretRefOf(cluster))));
  };
  return {
    clusters: () =>
      clusters.list().map(({ name, lane }) => {
        const life = tokenLife(name);
        const credentialsEndInMs = life === undefined ? undefined : life.expiresAt - clock.now();
        const credentialsLifeMs = life === undefined ? undefined : life.expiresAt - life.issuedAt;
        return { name, lane, credentialsEndInMs, credentialsLifeMs };
      }),
    types: () =>
      [...types.running()].map((sync) => ({ name: sync.type.name, objects: sync.size, copies: sync.standing() })),
  };
}
