import { CUSTOM_RESOURCE_DEFINITIONS, type CustomResourceDefinition } from '../../apis/apiextensions/v1.ts';
import { coreCrds } from '../../apis/crd/all.ts';
import { federatedCrdFor } from '../../apis/types/v1beta1/federated-type.ts';
import { KUBEFED_TYPES } from '../../apis/types/v1beta1/known-types.ts';
import type { Client } from '../../controller/kube/client.ts';
import { groupResourceOf } from '../../controller/kube/resource.ts';
import { listIfServed, outcomeLine, type WriteOptions } from '../apply.ts';
import type { CliContext } from '../context.ts';
import { readTypeConfigs } from '../federation/type-configs.ts';
import type { Progress } from '../output/progress.ts';
import { type EnsuredCrd, ensureCrds } from './crds.ts';

/**
 * What `init` does where KubeFed is installed: its CRDs learn the fields that Fedmesh adds, and the kinds that KubeFed does not know are
 * created. Its configuration, type configs, roles and objects stay as they are.
 */
export async function widenExisting(context: CliContext, client: Client, progress: Progress): Promise<void> {
  const options = { signal: context.signal, dryRun: context.options.dryRun };
  progress.line(`${client.cluster} has a control plane that fedctl did not install: only its CRDs are widened`);
  for await (const { crd, outcome, changes } of widenings(context, client, options)) {
    progress.line(outcomeLine(CUSTOM_RESOURCE_DEFINITIONS, { name: crd.metadata.name ?? '' }, outcome, options));
    for (const change of changes) progress.line(`  ${change}`);
  }
}

/** Widens one CRD of an installation after the other, or with `dryRun` says what each lacks. */
export async function* widenings(
  context: CliContext,
  client: Client,
  options: WriteOptions,
): AsyncGenerator<EnsuredCrd> {
  const present = new Set(
    (await listIfServed<CustomResourceDefinition>(client, CUSTOM_RESOURCE_DEFINITIONS, options)).map(
      (crd) => crd.metadata.name,
    ),
  );
  const federated = (await readTypeConfigs(context, client))
    .filter((config) =>
      present.has(
        groupResourceOf({ group: config.spec.federatedType.group ?? '', plural: config.spec.federatedType.pluralName }),
      ),
    )
    .map((config) => {
      const known = KUBEFED_TYPES.find(({ target }) => groupResourceOf(target) === config.metadata.name);
      return federatedCrdFor(config, { targetHasReplicas: known?.hasReplicas ?? false });
    });
  yield* ensureCrds(client, [...coreCrds(), ...federated], options);
}
