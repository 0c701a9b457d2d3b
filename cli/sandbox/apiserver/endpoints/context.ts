import type { Clock } from '../../../../controller/time/clock.ts';
import type { GenericRegistry } from '../registry/generic-registry.ts';
import type { ClusterServices } from '../resources/resource-definition.ts';
import type { Storage } from '../storage/storage.ts';
import type { AdmissionChain } from './admission-chain.ts';
import type { PodNetwork } from './pod-proxy.ts';
import type { WatchHub } from './watch-hub.ts';

/** What the endpoints of one server work with. */
export interface EndpointContext {
  readonly cluster: ClusterServices;
  readonly storage: Storage;
  readonly registry: GenericRegistry;
  readonly admission: AdmissionChain;
  readonly watches: WatchHub;
  readonly clock: Clock;
  /** Where Pods are reached. Missing: at their addresses. */
  readonly podNetwork?: PodNetwork;
}
