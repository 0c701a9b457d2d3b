import { aggregatedRules } from '../authorization/cluster-role-aggregation.ts';
import { CLUSTER_ROLES } from '../authorization/rbac-authorizer.ts';
import type { StorageEvent } from '../storage/storage.ts';
import { AS_CONTROLLER_MANAGER, builtIn, type Controller, type ControllerContext, refOf } from './controller.ts';
import type { Work } from './work-loop.ts';

/** Keeps the rules of ClusterRoles with an aggregationRule. Kubernetes: `clusterroleaggregation`. */
export class RoleAggregation implements Controller {
  readonly #context: ControllerContext;
  readonly #work: Work = { name: 'role aggregation', run: () => this.#aggregate() };

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  begin(): void {
    // What a server begins with is aggregated already; what comes from disk may have been left half done.
  }

  observe({ stored }: StorageEvent): void {
    if (stored.storageKey === CLUSTER_ROLES) this.#context.loop.add(this.#work, '');
  }

  #aggregate(): void {
    const { storage, cluster } = this.#context;
    for (const role of storage.list(CLUSTER_ROLES)) {
      const rules = aggregatedRules(role.object, storage);
      if (rules === undefined) continue;
      const definition = builtIn(cluster, 'rbac.authorization.k8s.io', 'ClusterRole');
      // An event of its own: what aggregates this one comes next.
      cluster.registry.update(definition, refOf(role), (object) => ({ ...object, rules }), {
        ...AS_CONTROLLER_MANAGER,
        fieldManager: 'clusterrole-aggregation-controller',
      });
    }
  }
}
