import { FEDERATED_TYPE_CONFIGS } from '../../apis/core/v1beta1/federated-type-config.ts';
import { KUBEFED_CONFIG_NAME, KUBEFED_CONFIGS, type KubeFedConfig } from '../../apis/core/v1beta1/kubefed-config.ts';
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
  /** Namespaces, other than the one asked for, that hold a control plane's KubeFedConfig. */
  readonly elsewhere: readonly string[];
}

export async function findInstallation(client: Client, namespace: string, signal: AbortSignal): Promise<Found> {
  const configs = await listIfServed<KubeFedConfig>(client, KUBEFED_CONFIGS, { signal });
  const own = configs.find(({ metadata }) => metadata.namespace === namespace && metadata.name === KUBEFED_CONFIG_NAME);
  const elsewhere = configs.flatMap(({ metadata }) =>
    metadata.namespace === undefined || metadata.namespace === namespace ? [] : [metadata.namespace],
  );
  if (own !== undefined) return { installation: isOurs(own) ? 'ours' : 'kubefed', elsewhere };
  // `init` writes the config before the type configs: type configs without one are not its work.
  const types = await listIfServed(client, FEDERATED_TYPE_CONFIGS, { namespace, signal });
  return { installation: types.length > 0 ? 'kubefed' : 'none', elsewhere };
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
export function kubeFedConfigObject(namespace: string, controlPlaneUid: string | undefined): KubeFedConfig {
  const config = newKubeFedConfig(namespace);
  const uid = controlPlaneUid === undefined ? {} : { annotations: { [CONTROL_PLANE_UID_ANNOTATION]: controlPlaneUid } };
  return { ...config, metadata: { ...config.metadata, labels: { ...INSTALLED_BY }, ...uid } };
}
