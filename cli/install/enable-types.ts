import { CUSTOM_RESOURCE_DEFINITIONS, type CustomResourceDefinition } from '../../apis/apiextensions/v1.ts';
import {
  FEDERATED_TYPE_CONFIGS,
  type FederatedTypeConfig,
  federatedResourceOf,
} from '../../apis/core/v1beta1/federated-type-config.ts';
import { type FederatedCrdOptions, federatedCrdFor, typeConfigFor } from '../../apis/types/v1beta1/federated-type.ts';
import { type KnownType, KUBEFED_TYPES } from '../../apis/types/v1beta1/known-types.ts';
import { isOwnGroup } from '../../controller/following/leave-out.ts';
import type { Client } from '../../controller/kube/client.ts';
import type { ServedResource } from '../../controller/kube/discovery.ts';
import { groupResourceOf } from '../../controller/kube/resource.ts';
import { outcomeLine } from '../apply.ts';
import type { CliContext } from '../context.ts';
import { CliError, refused } from '../exit.ts';
import { missingVerbs } from '../federation/kinds-to-federate.ts';
import type { Progress } from '../output/progress.ts';
import { ensureCrds, waitUntilEstablished } from './crds.ts';
import { createWhenServed } from './create-when-served.ts';

/** A kind, and what its federated kind is to be called. */
export interface TypeToEnable {
  /** Without a namespace yet. */
  readonly config: FederatedTypeConfig;
  readonly crdOptions: FederatedCrdOptions;
}

export interface TypeNames {
  federatedGroup?: string;
  federatedVersion?: string;
}

/** From what is known of a kind without asking: KubeFed's ten. */
export function typeFromKnown(known: KnownType, names: TypeNames = {}): TypeToEnable {
  return {
    config: typeConfigFor(known.target, names),
    crdOptions: { shortNames: known.shortNames, targetHasReplicas: known.hasReplicas },
  };
}

/** From what an API server says of a kind. Refuses what cannot be federated, and says why. */
export function typeFromServed(served: ServedResource, names: TypeNames = {}): TypeToEnable {
  const name = groupResourceOf(served);
  if (isOwnGroup(served.group)) {
    throw new CliError(`${name} belongs to the control plane itself and cannot be federated`, {
      hint: 'name the kind that it stands for, such as deployments.apps',
    });
  }
  const missing = missingVerbs(served);
  if (missing.length > 0) {
    throw new CliError(`${name} cannot be federated: the API server offers no ${missing.join(', ')} for it`, {
      hint: '`kubectl api-resources -o wide` lists the verbs of every kind',
    });
  }
  const known = KUBEFED_TYPES.find(({ target }) => groupResourceOf(target) === name);
  const targetHasReplicas = known?.hasReplicas ?? served.subresources.includes('scale');
  return { config: typeConfigFor(served, names), crdOptions: { shortNames: served.shortNames, targetHasReplicas } };
}

export function crdOf(type: TypeToEnable): CustomResourceDefinition {
  return federatedCrdFor(type.config, type.crdOptions);
}

export interface EnableOptions {
  /** Turn propagation on again where it was disabled. */
  resume: boolean;
  /** What has to be done before the controller hears of them, with the configs as they will be. */
  beforehand?: (configs: readonly FederatedTypeConfig[]) => Promise<void>;
}

/**
 * Creates what is missing of each type and waits until it is served. A type that is configured already keeps its configuration, whoever
 * wrote it. A line per object.
 */
export async function enableTypes(
  context: CliContext,
  client: Client,
  wanted: readonly TypeToEnable[],
  present: readonly FederatedTypeConfig[],
  progress: Progress,
  { resume, beforehand }: EnableOptions,
): Promise<void> {
  const { dryRun, kubefedNamespace: namespace } = context.options;
  const options = { signal: context.signal, dryRun };
  const types = wanted.map((type) => ({ ...type, present: findByName(present, type.config) }));
  for (const type of types) refuseSharedName(type.present ?? type.config, present);

  const crds = types.map((type) => crdOf({ ...type, config: type.present ?? type.config }));
  for await (const { crd, outcome, changes } of ensureCrds(client, crds, options)) {
    progress.line(outcomeLine(CUSTOM_RESOURCE_DEFINITIONS, { name: crd.metadata.name ?? '' }, outcome, options));
    if (context.options.verbosity >= 1) for (const change of changes) progress.line(`  ${change}`);
  }
  if (!dryRun) {
    const names = crds.map((crd) => crd.metadata.name ?? '');
    await progress.during('waiting until the API server serves them', () =>
      waitUntilEstablished(client, names, context),
    );
  }

  await beforehand?.(types.map(({ config, present }) => asEnabled(present ?? config, resume)));
  for (const type of types) {
    const name = type.config.metadata.name ?? '';
    if (resume && type.present?.spec.propagation === 'Disabled') {
      const body = { spec: { propagation: 'Enabled' } };
      if (!dryRun) {
        await client.patch(FEDERATED_TYPE_CONFIGS, { name, namespace }, { type: 'merge', body }, options);
      }
      progress.line(outcomeLine(FEDERATED_TYPE_CONFIGS, { name }, 'updated', options));
      continue;
    }
    const config = { ...type.config, metadata: { ...type.config.metadata, namespace } };
    const { outcome } = await createWhenServed(client, FEDERATED_TYPE_CONFIGS, config, {
      ...options,
      clock: context.clock,
    });
    progress.line(outcomeLine(FEDERATED_TYPE_CONFIGS, { name }, outcome, options));
  }
}

function asEnabled(config: FederatedTypeConfig, resume: boolean): FederatedTypeConfig {
  return resume ? { ...config, spec: { ...config.spec, propagation: 'Enabled' } } : config;
}

function findByName(configs: readonly FederatedTypeConfig[], wanted: FederatedTypeConfig) {
  return configs.find((config) => config.metadata.name === wanted.metadata.name);
}

/** Two targets that bear one kind in two groups (Ingress of old and new) would write into the same federated kind. */
function refuseSharedName(config: FederatedTypeConfig, present: readonly FederatedTypeConfig[]): void {
  const name = groupResourceOf(federatedResourceOf(config));
  const other = present.find(
    (each) => each.metadata.name !== config.metadata.name && groupResourceOf(federatedResourceOf(each)) === name,
  );
  if (other === undefined) return;
  throw refused(
    `${name} stands for ${other.metadata.name ?? ''} already and cannot stand for ${config.metadata.name ?? ''} too`,
    'give it a group of its own: --federated-group NAME.types.kubefed.io',
  );
}
