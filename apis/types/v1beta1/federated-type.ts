import type { CustomResourceDefinition, JsonSchema } from '../../apiextensions/v1.ts';
import { propagatedVersionStatusSchema } from '../../core/v1alpha1/propagated-version-crd.ts';
import {
  FEDERATED_TYPE_CONFIGS,
  type FederatedTypeConfig,
  federatedResourceOf,
} from '../../core/v1beta1/federated-type-config.ts';
import { AGE_COLUMN, defineCrd } from '../../crd/definition.ts';
import {
  anyObject,
  anything,
  flag,
  integer,
  labelSelector,
  listOf,
  object,
  text,
  timestamp,
} from '../../crd/schema.ts';
import type { Resource } from '../../meta/resource.ts';

export const DEFAULT_FEDERATED_GROUP = 'types.kubefed.io';
export const DEFAULT_FEDERATED_VERSION = 'v1beta1';

/** The FederatedTypeConfig that enables a kind, named as KubeFed names it. It has no namespace yet. */
export function typeConfigFor(
  target: Resource,
  options: { federatedGroup?: string; federatedVersion?: string } = {},
): FederatedTypeConfig {
  const { federatedGroup = DEFAULT_FEDERATED_GROUP, federatedVersion = DEFAULT_FEDERATED_VERSION } = options;
  const isNamespace = target.kind === 'Namespace' && target.group === '';
  return {
    apiVersion: `${FEDERATED_TYPE_CONFIGS.group}/${FEDERATED_TYPE_CONFIGS.version}`,
    kind: FEDERATED_TYPE_CONFIGS.kind,
    metadata: { name: target.group === '' ? target.plural : `${target.plural}.${target.group}` },
    spec: {
      targetType: {
        ...(target.group === '' ? {} : { group: target.group }),
        version: target.version,
        kind: target.kind,
        pluralName: target.plural,
        scope: target.namespaced ? 'Namespaced' : 'Cluster',
      },
      propagation: 'Enabled',
      federatedType: {
        group: federatedGroup,
        version: federatedVersion,
        kind: `Federated${target.kind}`,
        pluralName: `federated${target.plural}`,
        scope: target.namespaced || isNamespace ? 'Namespaced' : 'Cluster',
      },
    },
  };
}

export interface FederatedCrdOptions {
  /** The target's own short names; each gets an `f` in front. */
  shortNames?: readonly string[];
  /** Whether the target has an int32 `spec.replicas`: then `spec.retainReplicas` is offered. */
  targetHasReplicas?: boolean;
  /** A structural schema for `spec.template`. Missing: any object, as in KubeFed. */
  validationSchema?: JsonSchema;
}

/** The CRD of the `Federated<Kind>` that a type config names. */
export function federatedCrdFor(
  config: FederatedTypeConfig,
  options: FederatedCrdOptions = {},
): CustomResourceDefinition {
  const target = config.spec.targetType.kind;
  return defineCrd({
    resource: federatedResourceOf(config),
    description: `A ${target} in several clusters: what to write, where, and how it differs from one cluster to the other.`,
    shortNames: (options.shortNames ?? []).map((name) => `f${name}`),
    categories: ['federated'],
    statusSubresource: true,
    columns: [
      { name: 'propagation', type: 'string', jsonPath: ".status.conditions[?(@.type=='Propagation')].status" },
      { name: 'clusters', type: 'string', jsonPath: '.status.clusterSummary' },
      {
        name: 'reason',
        type: 'string',
        jsonPath: ".status.conditions[?(@.type=='Propagation')].reason",
        priority: 1,
      },
      AGE_COLUMN,
    ],
    properties: { spec: specSchema(target, options), status: statusSchema() },
    // KubeFed demands a spec, be it empty, so that one without is seen to be a mistake.
    required: ['spec'],
  });
}

function specSchema(target: string, options: FederatedCrdOptions): JsonSchema {
  const template = options.validationSchema ?? anyObject(`The ${target}, without name and namespace.`);
  const retainReplicas = flag('Whether each cluster keeps its own number of replicas, for an autoscaler there.');
  return object('What to write, where, and how it differs.', {
    template,
    placement: placementSchema(),
    overrides: overridesSchema(),
    ...(options.targetHasReplicas ? { retainReplicas } : {}),
  });
}

function placementSchema(): JsonSchema {
  const reference = object('One cluster.', { name: text('Name of a KubeFedCluster.') }, { required: ['name'] });
  return object('Where it goes. Missing: nowhere.', {
    clusters: listOf(reference, 'By name. Wins over the selector when present; an empty list means nowhere.'),
    clusterSelector: labelSelector('By the labels of KubeFedClusters. Empty: everywhere.'),
  });
}

function overridesSchema(): JsonSchema {
  const override = object(
    'One change.',
    {
      op: text('add, remove or replace. Missing: replace.', { pattern: '^(add|remove|replace)?$' }),
      path: text('JSON pointer into the object, such as /spec/replicas.'),
      // KubeFed's CRDs lose a null here; it means the same to a patch as it does to the person who wrote it.
      value: { ...anything('What to add or to put in its place.'), nullable: true },
    },
    { required: ['path'] },
  );
  const entry = object('The changes for one cluster, or for all that a selector selects.', {
    clusterName: text('Name of a KubeFedCluster.'),
    clusterSelector: labelSelector('In place of the name: by the labels of KubeFedClusters. Empty: everywhere.'),
    clusterOverrides: listOf(override, 'The changes, in this order.'),
  });
  return listOf(entry, 'How the object differs from one cluster to the other. Later entries win.');
}

function statusSchema(): JsonSchema {
  const condition = object(
    'One thing that was seen of the object as a whole.',
    {
      type: text('Propagation, or a further word.'),
      status: text('True, False or Unknown.'),
      lastUpdateTime: timestamp('When it was last seen to be so.'),
      lastTransitionTime: timestamp('When the status last changed.'),
      reason: text('Why, in a word.'),
      message: text('Why, in a sentence, and what can be done about it.'),
    },
    { required: ['type', 'status'] },
  );
  const cluster = object(
    'The object in one cluster.',
    {
      name: text('Name of the cluster.'),
      status: text('What is wrong, in a word. Missing or empty: nothing.'),
      message: text('What is wrong, in a sentence.'),
      remoteStatus: anyObject('The status of the object in that cluster, where it is collected.'),
    },
    { required: ['name'] },
  );
  return object('What became of it. Written by the controller.', {
    observedGeneration: integer('Generation that the controller has acted upon.'),
    conditions: listOf(condition, 'What was seen of the object as a whole.'),
    clusters: listOf(cluster, 'What became of it in each cluster.'),
    clusterSummary: text('In how many of its clusters it is as desired, such as 2/2.'),
    propagatedVersion: propagatedVersionStatusSchema(),
  });
}
