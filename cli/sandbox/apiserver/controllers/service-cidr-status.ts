import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { resetFields } from '../managed-fields/reset-fields.ts';
import { serverSideApply } from '../managed-fields/server-side-apply.ts';
import { deepCopy } from '../storage/deep-copy.ts';
import { AS_CONTROLLER_MANAGER, builtIn, CONTROLLER_MANAGER, type ControllerContext, timestamp } from './controller.ts';

export interface Condition {
  readonly type: string;
  readonly status: string;
  /** The server, unlike the controller, gives none. */
  readonly reason?: string;
  readonly message: string;
}

export const SERVICE_CIDR_FINALIZER = 'networking.k8s.io/service-cidr-finalizer';
export const SERVICE_CIDR_MANAGER = 'service-cidr-controller';
export const SERVICE_CIDR_READY = Object.freeze({
  type: 'Ready',
  status: 'True',
  reason: '',
  message: 'Kubernetes Service CIDR is ready',
});

/** Keeps a ServiceCIDR from being gone while its addresses are in use. */
export function holdServiceCidr({ cluster }: Pick<ControllerContext, 'cluster'>, name: string): void {
  const hold = (object: KubeObject): KubeObject => {
    const finalizers = object.metadata.finalizers ?? [];
    if (finalizers.includes(SERVICE_CIDR_FINALIZER)) return object;
    return { ...object, metadata: { ...object.metadata, finalizers: [...finalizers, SERVICE_CIDR_FINALIZER] } };
  };
  const definition = builtIn(cluster, 'networking.k8s.io', 'ServiceCIDR');
  cluster.registry.update(definition, { namespace: '', name }, hold, AS_CONTROLLER_MANAGER);
}

const API_VERSION = 'networking.k8s.io/v1';

/** Applies the one condition that a ServiceCIDR has, as whoever `manager` says; what others said of it gives way. */
export function applyServiceCidrStatus(
  { cluster, clock }: Pick<ControllerContext, 'cluster' | 'clock'>,
  name: string,
  manager: string,
  condition: Condition,
  now = clock.now(),
): void {
  const definition = builtIn(cluster, 'networking.k8s.io', 'ServiceCIDR');
  const applied = {
    apiVersion: API_VERSION,
    kind: 'ServiceCIDR',
    metadata: { name },
    status: { conditions: [{ ...condition, lastTransitionTime: timestamp({ now: () => now }) }] },
  };
  const change = (stored: KubeObject): KubeObject =>
    deepCopy<KubeObject>(
      serverSideApply({
        stored,
        applied,
        schema: definition.schema,
        manager,
        apiVersion: API_VERSION,
        kind: 'ServiceCIDR',
        force: true,
        subresource: 'status',
        now: new Date(clock.now()),
        resetFields: resetFields(definition, 'status'),
      }),
    );
  // Applying has done the bookkeeping already: no manager of an update is named.
  const options = { user: CONTROLLER_MANAGER, subresource: 'status' };
  cluster.registry.update(definition, { namespace: '', name }, change, options);
}
