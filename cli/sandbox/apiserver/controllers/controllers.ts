import { type Clock, systemClock } from '../../../../controller/time/clock.ts';
import type { ClusterServices } from '../resources/resource-definition.ts';
import type { Storage } from '../storage/storage.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { CustomApiServices } from './custom-api-services.ts';
import { CustomResourceCleanup } from './custom-resource-cleanup.ts';
import { CustomResourceEstablishing } from './custom-resource-establishing.ts';
import { GarbageCollector } from './garbage-collector.ts';
import { NamespaceDefaults } from './namespace-defaults.ts';
import { NamespaceTermination } from './namespace-termination.ts';
import { QuotaStatusController } from './quota-status.ts';
import { RoleAggregation } from './role-aggregation.ts';
import { ServiceAccountSecrets } from './service-account-secrets.ts';
import { ServiceAddresses } from './service-addresses.ts';
import { ServiceCidrs } from './service-cidrs.ts';
import { SystemObjects } from './system-objects.ts';
import { WorkLoop } from './work-loop.ts';

export interface ControllersOptions {
  readonly storage: Storage;
  readonly clock?: Clock;
  /** A controller failed; it tries again later. Default: a warning of the process. */
  readonly onError?: (error: Error) => void;
}

/** The server's own controllers at work. */
export interface Controllers {
  /** Resolves when they have nothing left to do. */
  settled(): Promise<void>;
  /** They write nothing after this. */
  close(): void;
}

const ALL: readonly (new (context: ControllerContext) => Controller)[] = [
  GarbageCollector,
  NamespaceTermination,
  NamespaceDefaults,
  QuotaStatusController,
  ServiceAccountSecrets,
  CustomResourceEstablishing,
  CustomResourceCleanup,
  CustomApiServices,
  RoleAggregation,
  ServiceAddresses,
  ServiceCidrs,
  SystemObjects,
];

/**
 * Starts what a kube-controller-manager does for objects that are no workloads: garbage collection, namespaces, quotas, ServiceAccounts and their
 * Secrets, CRDs, aggregated ClusterRoles, ServiceCIDRs. They follow the writes, work between requests, and rest otherwise: no timers, no polling.
 */
export function startControllers(cluster: ClusterServices, options: ControllersOptions): Controllers {
  const { storage, clock = systemClock, onError } = options;
  const loop = new WorkLoop({ clock, ...(onError === undefined ? {} : { onError }) });
  const context: ControllerContext = { cluster, storage, loop, clock };
  const controllers = ALL.map((Controller) => new Controller(context));
  const unsubscribe = storage.subscribe((event) => {
    for (const controller of controllers) controller.observe(event);
  });
  for (const controller of controllers) controller.begin();
  return {
    settled: () => loop.settled(),
    close() {
      unsubscribe();
      loop.close();
    },
  };
}
