import type { FederatedTypeConfig } from '../../apis/core/v1beta1/federated-type-config.ts';
import { KUBEFED_CONFIG_NAME, KUBEFED_CONFIGS, type KubeFedConfig } from '../../apis/core/v1beta1/kubefed-config.ts';
import type { Client } from '../../controller/kube/client.ts';
import { getIfPresent } from '../apply.ts';
import type { CliContext } from '../context.ts';

/** The only namespace that the control plane federates; `undefined`: all, or there is no control plane. */
export async function readTargetNamespace(context: CliContext, client: Client): Promise<string | undefined> {
  const namespace = context.options.kubefedNamespace;
  const ref = { namespace, name: KUBEFED_CONFIG_NAME };
  const config = await getIfPresent<KubeFedConfig>(client, KUBEFED_CONFIGS, ref, context.signal);
  return config?.spec.scope === 'Namespaced' ? namespace : undefined;
}

/** Whether a control plane propagates a type at all: one that is limited to a namespace leaves what lives in none. */
export function isInScope({ spec }: FederatedTypeConfig, targetNamespace: string | undefined): boolean {
  return targetNamespace === undefined || spec.targetType.scope === 'Namespaced';
}
