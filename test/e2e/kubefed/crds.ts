import type { CustomResourceDefinition, JsonSchema } from '../../../apis/apiextensions/v1.ts';
import { coreCrds } from '../../../apis/crd/all.ts';
import { federatedCrdOf, KUBEFED_TYPES } from '../../../apis/types/v1beta1/known-types.ts';

/** Properties that KubeFed v0.10.0's schemas have; `true`: everything below. */
type Kept = { readonly [property: string]: Kept | true };

const FEDERATED: Kept = {
  apiVersion: true,
  kind: true,
  metadata: true,
  spec: {
    template: true,
    placement: true,
    retainReplicas: true,
    overrides: { clusterName: true, clusterOverrides: { op: true, path: true, value: true } },
  },
  status: {
    observedGeneration: true,
    conditions: { type: true, status: true, lastUpdateTime: true, lastTransitionTime: true, reason: true },
    clusters: { name: true, status: true, remoteStatus: true },
  },
};
const CLUSTER: Kept = {
  apiVersion: true,
  kind: true,
  metadata: true,
  spec: { apiEndpoint: true, caBundle: true, secretRef: true, disabledTLSValidations: true, proxyURL: true },
  status: { conditions: true, kubernetesVersion: true, region: true, zones: true },
};

/** The CRDs of KubeFed's chart: Fedmesh's own without what Fedmesh added. */
export function kubeFedCrds(): CustomResourceDefinition[] {
  const core = coreCrds().filter(({ spec }) => spec.group !== 'fedmesh.io');
  return [
    ...core.map((crd) => (crd.spec.names.kind === 'KubeFedCluster' ? narrowed(crd, CLUSTER) : plain(crd))),
    ...KUBEFED_TYPES.map(federatedCrdOf).map((crd) => narrowed(plain(crd), FEDERATED)),
  ];
}

function plain(crd: CustomResourceDefinition): CustomResourceDefinition {
  const { categories: _, ...names } = crd.spec.names;
  const versions = crd.spec.versions.map(({ additionalPrinterColumns: __, ...version }) => version);
  const { labels: ___, ...metadata } = crd.metadata;
  return { ...crd, metadata, spec: { ...crd.spec, names, versions } };
}

function narrowed(crd: CustomResourceDefinition, kept: Kept): CustomResourceDefinition {
  const versions = crd.spec.versions.map((version) => {
    const schema = version.schema?.openAPIV3Schema;
    return schema === undefined ? version : { ...version, schema: { openAPIV3Schema: only(schema, kept) } };
  });
  return { ...crd, spec: { ...crd.spec, versions } };
}

function only(schema: JsonSchema, kept: Kept): JsonSchema {
  if (schema.items !== undefined) return { ...schema, items: only(schema.items, kept) };
  const properties = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const below = kept[name];
    if (below === undefined) return [];
    return [[name, below === true ? property : only(property, below)] as const];
  });
  return { ...schema, properties: Object.fromEntries(properties) };
}
