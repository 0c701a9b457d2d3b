import { KUBEFED_CONFIG_NAME, KUBEFED_CONFIGS, type KubeFedConfig } from '../../apis/core/v1beta1/kubefed-config.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { Client } from '../kube/client.ts';
import { NAMESPACES } from '../kube/core-kinds.ts';
import { optional } from '../kube/optional.ts';
import { MembershipError } from './errors.ts';

/** Annotation on KubeFedConfig: the UID that this control plane goes by, when it is not its namespace's (a host that was restored). */
export const CONTROL_PLANE_UID_ANNOTATION = 'fedmesh.io/control-plane-uid';

/** Who a control plane is, to members that ask whose objects they bear. */
export interface ControlPlane {
  readonly uid: string;
  /** UID of the host's kube-system namespace: a member that has the same is the host. */
  readonly hostClusterUid: string;
  readonly namespace: string;
  /** UID of that namespace in the host: it is never deleted, whatever cluster it is found in. */
  readonly namespaceUid: string;
  /** `Namespaced`: it is limited to that namespace, on the host and in members. */
  readonly scope: 'Cluster' | 'Namespaced';
  /** What its KubeFedConfig says of that; `undefined` when there is none. */
  readonly configuredScope?: string;
}

/** @throws MembershipError `NoControlPlane` when the namespace does not exist. */
export async function readControlPlane(host: Client, namespace: string, signal: AbortSignal): Promise<ControlPlane> {
  const [home, kubeSystem, config] = await Promise.all([
    optional(host.get<KubeObject>(NAMESPACES, { name: namespace }, { signal })),
    host.get<KubeObject>(NAMESPACES, { name: 'kube-system' }, { signal }),
    optional(host.get<KubeFedConfig>(KUBEFED_CONFIGS, { namespace, name: KUBEFED_CONFIG_NAME }, { signal })),
  ]);
  const configuredScope = config?.spec?.scope;
  const uid = config?.metadata.annotations?.[CONTROL_PLANE_UID_ANNOTATION] ?? home?.metadata.uid;
  if (home === undefined || uid === undefined) {
    throw new MembershipError('NoControlPlane', `no control plane lives in namespace "${namespace}" of the host`, {
      cluster: host.cluster,
      hint: '`fedctl init` installs one; --kubefed-namespace and --host-cluster-context name another',
    });
  }
  return {
    uid,
    hostClusterUid: kubeSystem.metadata.uid ?? '',
    namespace,
    namespaceUid: home.metadata.uid ?? '',
    scope: configuredScope === 'Namespaced' ? 'Namespaced' : 'Cluster',
    ...(configuredScope === undefined ? {} : { configuredScope }),
  };
}
