import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { firstAddress } from './address-range.ts';
import { AS_API_SERVER, builtIn, type ControllerContext, timestamp } from './controller.ts';
import { SERVICE_CIDR_FINALIZER, SERVICE_CIDR_READY } from './service-cidrs.ts';

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
  const { cluster, clock } = context;
  const name = 'kubernetes';
  const isNew = provide(context, 'networking.k8s.io', {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name, finalizers: [SERVICE_CIDR_FINALIZER] },
    spec: { cidrs: [cluster.serviceCidr] },
  });
  if (!isNew) return;
  const conditions = [{ lastTransitionTime: timestamp(clock), ...SERVICE_CIDR_READY }];
  const definition = builtIn(cluster, 'networking.k8s.io', 'ServiceCIDR');
  const ready = (object: KubeObject): KubeObject => ({ ...object, status: { conditions } });
  cluster.registry.update(definition, { namespace: '', name }, ready, { ...AS_API_SERVER, subresource: 'status' });
}

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
