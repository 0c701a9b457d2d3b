import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { firstAddress } from './address-range.ts';
import { AS_API_SERVER, builtIn, type ControllerContext, timestamp } from './controller.ts';
import {
  applyServiceCidrStatus,
  holdServiceCidr,
  SERVICE_CIDR_MANAGER,
  SERVICE_CIDR_READY,
} from './service-cidr-status.ts';

/** In the order in which a kube-apiserver makes them. */
export const SYSTEM_NAMESPACES: readonly string[] = ['kube-system', 'kube-public', 'default', 'kube-node-lease'];

type BootstrapContext = Pick<ControllerContext, 'cluster' | 'storage' | 'clock'>;

/**
 * What a fresh control plane has beside what all storages begin with (`bootstrapStored`): its namespaces, its CA for other servers, the ServiceCIDR
 * and the Service of the API itself. What is there already, from disk, stays as it is.
 */
export function writeBootstrapObjects(context: BootstrapContext): void {
  const { cluster, clock } = context;
  for (const name of SYSTEM_NAMESPACES)
    provide(context, '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  provideServiceCidr(context);
  const configMap = (name: string, data: Record<string, string>) =>
    provide(context, '', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'kube-system' }, data });
  configMap('kube-apiserver-legacy-service-account-token-tracking', { since: timestamp(clock).slice(0, 10) });
  configMap('extension-apiserver-authentication', { 'client-ca-file': cluster.caPem });
  provideService(context);
}

function provideServiceCidr(context: BootstrapContext): void {
  const name = 'kubernetes';
  const isNew = provide(context, 'networking.k8s.io', {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name },
    spec: { cidrs: [context.cluster.serviceCidr] },
  });
  if (!isNew) return;
  // In Kubernetes the controller is a process of its own, which comes later: it gives another time.
  const earlier = context.clock.now() - 1_000;
  applyServiceCidrStatus(context, name, 'kubernetes-service-cidr-controller', DEFAULT_READY, earlier);
  holdServiceCidr(context, name);
  applyServiceCidrStatus(context, name, SERVICE_CIDR_MANAGER, SERVICE_CIDR_READY);
}

const DEFAULT_READY = { type: 'Ready', status: 'True', message: 'Kubernetes default Service CIDR is ready' };

function provideService(context: BootstrapContext): void {
  const { url, serviceCidr } = context.cluster;
  provide(context, '', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { component: 'apiserver', provider: 'kubernetes' },
    },
    spec: {
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: Number(new URL(url).port || 443) }],
      clusterIP: firstAddress(serviceCidr),
      type: 'ClusterIP',
      sessionAffinity: 'None',
      ipFamilyPolicy: 'SingleStack',
    },
  });
}

/** Whether it had to be made. */
function provide({ cluster, storage }: BootstrapContext, group: string, object: KubeObject): boolean {
  const definition = builtIn(cluster, group, object.kind ?? '');
  const { namespace = '', name = '' } = object.metadata;
  if (storage.get(definition.storageKey, namespace, name) !== undefined) return false;
  cluster.registry.create(definition, object, AS_API_SERVER);
  return true;
}
