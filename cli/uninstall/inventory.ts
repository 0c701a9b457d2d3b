import { CUSTOM_RESOURCE_DEFINITIONS, type CustomResourceDefinition } from '../../apis/apiextensions/v1.ts';
import { FEDERATED_TYPE_CONFIGS } from '../../apis/core/v1beta1/federated-type-config.ts';
import { KUBEFED_CLUSTERS, type KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { KUBEFED_CONFIGS } from '../../apis/core/v1beta1/kubefed-config.ts';
import type { Resource } from '../../apis/meta/resource.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { isOwnGroup } from '../../controller/following/leave-out.ts';
import type { Client } from '../../controller/kube/client.ts';
import { NAMESPACES } from '../../controller/kube/core-kinds.ts';
import { getIfPresent, listIfServed } from '../apply.ts';
import { mapConcurrently } from '../concurrently.ts';
import type { CliContext } from '../context.ts';
import { readTargetNamespace } from '../federation/scope.ts';
import { isOurs } from '../install/control-plane.ts';

const LISTS_AT_A_TIME = 8;

/** The objects of one of the control plane's kinds: metadata only. */
export interface OwnKind {
  readonly crdName: string;
  readonly resource: Resource;
  /** A `Federated<Kind>`: members hold copies of its objects. */
  readonly federated: boolean;
  readonly objects: readonly KubeObject[];
}

/** What a control plane consists of on its host. Found anew on each run, so that one that was interrupted can be run again. */
export interface Inventory {
  readonly kinds: readonly OwnKind[];
  readonly members: readonly KubeFedCluster[];
  /** Namespaces, other than this control plane's, whose objects would go with the CRDs. */
  readonly otherControlPlanes: readonly string[];
  /** Undefined when it is not there, or on its way out. */
  readonly namespace: KubeObject | undefined;
  /** Made by `fedctl init`, so it goes: whole, or where people live in it, when nothing else is left. */
  readonly ownsNamespace: boolean;
  /** It is limited to its namespace: others like it may live beside it, and use the same kinds. */
  readonly limited: boolean;
}

export async function takeInventory(context: CliContext, client: Client): Promise<Inventory> {
  const { kubefedNamespace } = context.options;
  const { signal } = context;
  const [crds, namespace] = await Promise.all([
    listIfServed<CustomResourceDefinition>(client, CUSTOM_RESOURCE_DEFINITIONS, { signal }),
    getIfPresent<KubeObject>(client, NAMESPACES, { name: kubefedNamespace }, signal),
  ]);
  const only = await readTargetNamespace(context, client);
  const where = only === undefined ? {} : { namespace: only };
  const kinds = await mapConcurrently(crds.filter(isOwnCrd), LISTS_AT_A_TIME, (crd) =>
    readKind(client, crd, { ...where, signal }),
  );
  const members = await listIfServed<KubeFedCluster>(client, KUBEFED_CLUSTERS, { ...where, signal });
  const controlPlanes = await Promise.all(
    [KUBEFED_CONFIGS, FEDERATED_TYPE_CONFIGS].map((kind) =>
      listIfServed<KubeObject>(client, kind, { metadataOnly: true, signal }),
    ),
  );
  const elsewhere = controlPlanes
    .flat()
    .flatMap(({ metadata }) => metadata.namespace ?? [])
    .filter((name) => name !== kubefedNamespace);
  const stays = namespace?.metadata.deletionTimestamp === undefined ? namespace : undefined;
  return {
    kinds,
    members,
    otherControlPlanes: [...new Set(elsewhere)].sort(),
    namespace: stays,
    ownsNamespace: stays !== undefined && isOurs(stays),
    limited: only !== undefined,
  };
}

/** KubeFed's and Fedmesh's groups, and federated kinds that were given a group of their own. */
function isOwnCrd(crd: CustomResourceDefinition): boolean {
  if (isOwnGroup(crd.spec.group)) return true;
  return (
    crd.metadata.labels?.['app.kubernetes.io/part-of'] === 'fedmesh' &&
    crd.spec.names.categories?.includes('federated') === true
  );
}

async function readKind(
  client: Client,
  crd: CustomResourceDefinition,
  selection: { namespace?: string; signal: AbortSignal },
): Promise<OwnKind> {
  const version = crd.spec.versions.find((each) => each.served)?.name ?? '';
  const { group, names, scope } = crd.spec;
  const resource: Resource = {
    group,
    version,
    kind: names.kind,
    plural: names.plural,
    namespaced: scope === 'Namespaced',
  };
  return {
    crdName: crd.metadata.name ?? '',
    resource,
    federated: names.kind.startsWith('Federated') && group !== 'core.kubefed.io',
    // A control plane that is limited to a namespace has nothing outside of one.
    objects:
      selection.namespace !== undefined && !resource.namespaced
        ? []
        : await listIfServed(client, resource, { metadataOnly: true, ...selection }),
  };
}
