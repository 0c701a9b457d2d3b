import { CUSTOM_RESOURCE_DEFINITIONS, type CustomResourceDefinition } from '../../apis/apiextensions/v1.ts';
import { multiClusterServicesCrds } from '../../apis/multicluster/crds.ts';
import { SERVICE_EXPORTS } from '../../apis/multicluster/service-export.ts';
import type { Client } from '../../controller/kube/client.ts';
import { isOurs, OWNER_LABEL } from '../../controller/services/kinds.ts';
import { getIfPresent, type Outcome } from '../apply.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../exit.ts';
import { ensureCrds, waitUntilEstablished } from '../install/crds.ts';

/**
 * Installs the CRDs of the Multi-Cluster Services API where they are missing. Those that somebody else installed stay as they are, and have to
 * serve v1beta1.
 */
export async function installKinds(context: CliContext, client: Client, controlPlaneUid: string): Promise<Outcome> {
  const { signal, clock, options } = context;
  const wanted: CustomResourceDefinition[] = [];
  for (const crd of multiClusterServicesCrds()) {
    const { name = '' } = crd.metadata;
    const present = await getIfPresent<CustomResourceDefinition>(client, CUSTOM_RESOURCE_DEFINITIONS, { name }, signal);
    if (present !== undefined && !isOurs(present.metadata, controlPlaneUid)) assertServed(client, name, present);
    else wanted.push(owned(crd, controlPlaneUid));
  }
  let outcome: Outcome = 'unchanged';
  for await (const ensured of ensureCrds(client, wanted, { signal, dryRun: options.dryRun })) {
    if (ensured.outcome !== 'unchanged' && outcome !== 'created') outcome = ensured.outcome;
  }
  if (!options.dryRun) {
    await waitUntilEstablished(
      client,
      wanted.map(({ metadata }) => metadata.name ?? ''),
      { signal, clock },
    );
  }
  return outcome;
}

function assertServed({ cluster }: Client, name: string, { spec }: CustomResourceDefinition): void {
  const { version } = SERVICE_EXPORTS;
  if (spec.versions.some((each) => each.name === version && each.served)) return;
  throw new CliError(`the CRD ${name} in "${cluster}" is somebody else's, and does not serve ${version}`, {
    hint: 'whoever installed it has to bring it up to date (sigs.k8s.io/mcs-api v0.3 or later)',
  });
}

function owned(crd: CustomResourceDefinition, controlPlaneUid: string): CustomResourceDefinition {
  const labels = { ...crd.metadata.labels, [OWNER_LABEL]: controlPlaneUid };
  return { ...crd, metadata: { ...crd.metadata, labels } };
}
