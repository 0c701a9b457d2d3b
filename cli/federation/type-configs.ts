import {
  FEDERATED_TYPE_CONFIGS,
  type FederatedTypeConfig,
  federatedResourceOf,
  targetResourceOf,
} from '../../apis/core/v1beta1/federated-type-config.ts';
import type { Client } from '../../controller/kube/client.ts';
import type { ServedResource } from '../../controller/kube/discovery.ts';
import { isNotFound } from '../../controller/kube/errors.ts';
import { groupResourceOf } from '../../controller/kube/resource.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../exit.ts';

/** The types that the control plane federates, by name. Fails with the remedy where there is no control plane. */
export async function readTypeConfigs(context: CliContext, client: Client): Promise<FederatedTypeConfig[]> {
  const namespace = context.options.kubefedNamespace;
  try {
    const list = await client.listAll<FederatedTypeConfig>(FEDERATED_TYPE_CONFIGS, {
      namespace,
      signal: context.signal,
    });
    return list.items.sort((a, b) => compareNames(a.metadata.name, b.metadata.name));
  } catch (error) {
    if (isNotFound(error)) throw notInstalled(client.cluster, error);
    throw error;
  }
}

export function notInstalled(cluster: string, cause?: unknown): CliError {
  return new CliError(`there is no control plane in ${cluster}`, {
    hint: '`fedctl init` installs one; --host-cluster-context names another host',
    cause,
  });
}

/** The enabled type that a person means by `deploy`, `deployments.apps`, `FederatedDeployment` or `fdeploy`. */
export async function findTypeConfig(
  client: Client,
  configs: readonly FederatedTypeConfig[],
  word: string,
  signal: AbortSignal,
): Promise<FederatedTypeConfig | undefined> {
  return byWord(configs, word) ?? bySame(configs, await client.discovery.resolve(word, signal));
}

/** Without asking the server: so a type can still be named whose kind is no longer served. */
function byWord(configs: readonly FederatedTypeConfig[], word: string): FederatedTypeConfig | undefined {
  const wanted = word.toLowerCase();
  const exact = configs.find((config) => config.metadata.name === wanted);
  if (exact !== undefined) return exact;
  const matches = configs.filter((config) => {
    const types = [federatedResourceOf(config), targetResourceOf(config)];
    return types.some((type) => [type.kind.toLowerCase(), type.plural, groupResourceOf(type)].includes(wanted));
  });
  return matches.length === 1 ? matches[0] : undefined;
}

function bySame(
  configs: readonly FederatedTypeConfig[],
  served: ServedResource | undefined,
): FederatedTypeConfig | undefined {
  if (served === undefined) return undefined;
  const name = groupResourceOf(served);
  return configs.find(
    (config) => config.metadata.name === name || groupResourceOf(federatedResourceOf(config)) === name,
  );
}

function compareNames(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
