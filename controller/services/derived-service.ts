import isEqual from 'lodash/isEqual.js';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import { derivedServiceName } from './derived-name.ts';
import { OWNER_LABEL, type Service } from './kinds.ts';
import type { MergedService } from './merge.ts';

/**
 * The Service that carries a multi-cluster Service's traffic in an importing cluster. It selects nothing: its EndpointSlices are written
 * by the controller.
 */
export function derivedService(
  namespace: string,
  name: string,
  merged: MergedService,
  controlPlaneUid: string,
): Service & { spec: NonNullable<Service['spec']> } {
  const { headless, ports, sessionAffinity, sessionAffinityConfig, ipFamilies } = merged;
  const { internalTrafficPolicy, trafficDistribution } = merged;
  const affinity = headless ? {} : { sessionAffinity };
  const isSticky = !headless && sessionAffinity === 'ClientIP' && sessionAffinityConfig !== undefined;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: derivedServiceName(name), namespace, labels: { [OWNER_LABEL]: controlPlaneUid } },
    spec: {
      type: 'ClusterIP',
      ...(headless ? { clusterIP: 'None' } : {}),
      // Which families a cluster has is its own affair where all of them will do.
      ...(ipFamilies.length > 1
        ? { ipFamilyPolicy: 'PreferDualStack' }
        : { ipFamilyPolicy: 'SingleStack', ipFamilies: [...ipFamilies] }),
      ports: ports.map((port) => ({ ...port })),
      ...affinity,
      ...(isSticky ? { sessionAffinityConfig: structuredClone(sessionAffinityConfig) } : {}),
      ...(internalTrafficPolicy === undefined || headless ? {} : { internalTrafficPolicy }),
      ...(trafficDistribution === undefined ? {} : { trafficDistribution }),
    },
  };
}

/** What has to happen to a derived Service: nothing, a write, or a new one where what differs cannot be changed. */
export function changeOf(
  present: DeepReadonly<Service>,
  desired: Service & { spec: NonNullable<Service['spec']> },
): { readonly verb: 'none' | 'recreate' } | { readonly verb: 'replace'; readonly object: Service } {
  const { spec = {} } = present;
  const isHeadless = spec.clusterIP === 'None';
  const firstFamily = desired.spec.ipFamilies?.[0];
  if (isHeadless !== (desired.spec.clusterIP === 'None')) return { verb: 'recreate' };
  if (firstFamily !== undefined && spec.ipFamilies !== undefined && spec.ipFamilies[0] !== firstFamily) {
    return { verb: 'recreate' };
  }
  const ports = (spec.ports ?? []).map(({ name, protocol, appProtocol, port }) => ({
    name,
    protocol,
    appProtocol,
    port,
  }));
  const wanted = (desired.spec.ports ?? []).map(({ name, protocol, appProtocol, port }) => ({
    name,
    protocol,
    appProtocol,
    port,
  }));
  const same =
    isEqual(ports, wanted) &&
    isSaid(spec, desired.spec, 'sessionAffinity', 'None') &&
    isSaid(spec, desired.spec, 'sessionAffinityConfig', spec.sessionAffinityConfig) &&
    isSaid(spec, desired.spec, 'internalTrafficPolicy', 'Cluster') &&
    isSaid(spec, desired.spec, 'trafficDistribution', undefined) &&
    isSaid(spec, desired.spec, 'ipFamilyPolicy', 'SingleStack') &&
    spec.selector === undefined;
  if (same) return { verb: 'none' };
  const {
    selector: _,
    trafficDistribution: __,
    sessionAffinityConfig: ___,
    ...kept
  } = structuredClone(spec) as NonNullable<Service['spec']>;
  const families = kept.ipFamilies?.slice(0, desired.spec.ipFamilyPolicy === 'SingleStack' ? 1 : 2);
  const addresses = kept.clusterIPs?.slice(0, desired.spec.ipFamilyPolicy === 'SingleStack' ? 1 : 2);
  const object: Service = {
    ...(structuredClone(present) as Service),
    spec: {
      ...kept,
      ...(families === undefined ? {} : { ipFamilies: families }),
      ...(addresses === undefined ? {} : { clusterIPs: addresses }),
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ...desired.spec,
      ports: (desired.spec.ports ?? []).map((port) => ({ ...port, targetPort: port.port })),
    },
  };
  return { verb: 'replace', object };
}

type Spec = DeepReadonly<NonNullable<Service['spec']>>;

/** @param byDefault what the API server puts where nothing is said */
function isSaid(present: Spec, desired: Spec, field: keyof Spec, byDefault: unknown): boolean {
  return isEqual(present[field] ?? byDefault, desired[field] ?? byDefault);
}
