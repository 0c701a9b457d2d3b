import { FEDERATED_TYPE_CONFIGS } from '../../apis/core/v1beta1/federated-type-config.ts';
import {
  KUBEFED_CONFIG_NAME,
  KUBEFED_CONFIGS,
  type KubeFedConfig,
  type KubeFedConfigSpec,
} from '../../apis/core/v1beta1/kubefed-config.ts';
import { newKubeFedConfig } from '../../apis/core/v1beta1/kubefed-config-defaults.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { Client } from '../../controller/kube/client.ts';
import { CONTROL_PLANE_UID_ANNOTATION } from '../../controller/membership/control-plane.ts';
import { listIfServed } from '../apply.ts';

/** On what `fedctl init` made: tells it from an installation that was there before, and says what `uninstall` may take away whole. */
const INSTALLED_BY = { 'app.kubernetes.io/part-of': 'fedmesh', 'app.kubernetes.io/managed-by': 'fedctl' };

/** What stands on a host before `init` touches it. */
export interface Found {
  /** `none`; `ours`: made by `init`, perhaps not to its end; `kubefed`: made by something else. */
  readonly installation: 'none' | 'ours' | 'kubefed';
  /** The scope of the control plane that is there. */
  readonly scope: Scope | undefined;
  /** Control planes in other namespaces than the one asked for. */
  readonly elsewhere: readonly { readonly namespace: string; readonly scope: Scope }[];
}

export type Scope = KubeFedConfigSpec['scope'];

export async function findInstallation(client: Client, namespace: string, signal: AbortSignal): Promise<Found> {
  const configs = await listIfServed<KubeFedConfig>(client, KUBEFED_CONFIGS, { signal });
  const own = configs.find(({ metadata }) => metadata.namespace === namespace && metadata.name === KUBEFED_CONFIG_NAME);
  const elsewhere = configs.flatMap((config) => {
    const other = config.metadata.namespace;
    return other === undefined || other === namespace ? [] : [{ namespace: other, scope: config.spec.scope }];
  });
  if (own !== undefined) {
    return { installation: isOurs(own) ? 'ours' : 'kubefed', scope: own.spec.scope, elsewhere };
  }
  // `init` writes the config before the type configs: type configs without one are not its work.
  const types = await listIfServed(client, FEDERATED_TYPE_CONFIGS, { namespace, signal });
  return { installation: types.length > 0 ? 'kubefed' : 'none', scope: undefined, elsewhere };
}

export function isOurs(object: KubeObject): boolean {
  return Object.entries(INSTALLED_BY).every(([key, value]) => object.metadata.labels?.[key] === value);
}

export function namespaceObject(name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { ...INSTALLED_BY } },
  };
}

/**
 * The configuration of a new installation.
 *
 * @param controlPlaneUid what the control plane is known by in its members; undefined where it is not known yet (`--print`).
 */
export function kubeFedConfigObject(
  namespace: string,
  controlPlaneUid: string | undefined,
  scope: Scope,
): KubeFedConfig {
  const config = newKubeFedConfig(namespace, scope);
  const uid = controlPlaneUid === undefined ? {} : { annotations: { [CONTROL_PLANE_UID_ANNOTATION]: controlPlaneUid } };
  return { ...config, metadata: { ...config.metadata, labels: { ...INSTALLED_BY }, ...uid } };
}
