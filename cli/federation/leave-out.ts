import type { Resource } from '../../apis/meta/resource.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { groupResourceOf } from '../../controller/kube/resource.ts';
import { COUNTING_QUOTA } from '../../controller/ownership/namespace-count.ts';

/** Kinds that every cluster fills by itself. */
const LOCAL_KINDS = new Set([
  'events',
  'events.events.k8s.io',
  'endpoints',
  'endpointslices.discovery.k8s.io',
  'leases.coordination.k8s.io',
  'controllerrevisions.apps',
  'csistoragecapacities.storage.k8s.io',
  'podmetrics.metrics.k8s.io',
]);

/** The control plane's own groups: federating the federation would chase its tail. */
const OWN_GROUPS = /^(core|types|scheduling|multiclusterdns)\.kubefed\.io$|^fedmesh\.io$/;

/** Verbs without which a kind cannot be kept the same somewhere else. */
const VERBS_TO_PROPAGATE = ['create', 'delete', 'get', 'list', 'update', 'watch'];

/** Whether objects of this kind are left out of a namespace's contents altogether. */
export function isLocalKind(resource: Pick<Resource, 'group' | 'plural'>): boolean {
  return LOCAL_KINDS.has(groupResourceOf(resource)) || OWN_GROUPS.test(resource.group);
}

/** The verbs that are missing for a kind to be federated; none when it can be. */
export function missingVerbs(resource: { readonly verbs: readonly string[] }): string[] {
  return VERBS_TO_PROPAGATE.filter((verb) => !resource.verbs.includes(verb));
}

export function isOwnGroup(group: string): boolean {
  return OWN_GROUPS.test(group);
}

/** Why an object is not federated with its namespace; undefined when it is. */
export function reasonToLeaveOut(object: KubeObject, resource: Pick<Resource, 'group' | 'plural'>): string | undefined {
  const owner = object.metadata.ownerReferences?.find((reference) => reference.controller === true);
  if (owner !== undefined) return `made by ${owner.kind} ${owner.name}`;
  if (object.metadata.deletionTimestamp !== undefined) return 'being deleted';
  const { name } = object.metadata;
  switch (groupResourceOf(resource)) {
    case 'configmaps':
      return name === 'kube-root-ca.crt' ? 'every namespace gets it' : undefined;
    case 'serviceaccounts':
      return name === 'default' ? 'every namespace gets it' : undefined;
    case 'secrets':
      return object.type === 'kubernetes.io/service-account-token'
        ? "a token of this cluster's ServiceAccount"
        : undefined;
    case 'resourcequotas':
      return name === COUNTING_QUOTA ? 'counts what is in the namespace for a moment' : undefined;
    default:
      return undefined;
  }
}

/** Whether a word of `--skip-api-resources` names the kind: short name, kind, singular, plural, plural.group, or a whole group. */
export function isSkipped(
  resource: Pick<Resource, 'group' | 'kind' | 'plural'> & {
    readonly singular?: string;
    readonly shortNames?: readonly string[];
  },
  words: readonly string[],
): boolean {
  const names = [
    resource.kind.toLowerCase(),
    resource.plural,
    groupResourceOf(resource),
    ...(resource.singular === undefined ? [] : [resource.singular]),
    ...(resource.shortNames ?? []),
    ...(resource.group === '' ? [] : [resource.group]),
  ];
  return words.some((word) => names.includes(word.toLowerCase()));
}
