import type { Resource } from '../../apis/meta/resource.ts';
import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import { FOLLOWING_ROLE } from '../../apis/rbac/following-role.ts';
import { CONTROL_PLANE_ANNOTATION } from '../../apis/well-known.ts';
import { groupResourceOf } from '../kube/resource.ts';
import { COUNTING_QUOTA } from '../ownership/namespace-count.ts';

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

/** On the Secrets with the members' tokens: whose it is. */
const MEMBER_ANNOTATION = 'fedmesh.io/cluster';

/** The control plane's own groups: federating the federation would chase its tail. */
const OWN_GROUPS = /^(core|types|scheduling|multiclusterdns)\.kubefed\.io$|^fedmesh\.io$/;

/** Whether objects of this kind are left out of a namespace's contents altogether. */
export function isLocalKind(resource: Pick<Resource, 'group' | 'plural'>): boolean {
  return LOCAL_KINDS.has(groupResourceOf(resource)) || OWN_GROUPS.test(resource.group);
}

export function isOwnGroup(group: string): boolean {
  return OWN_GROUPS.test(group);
}

/** The controller, its rights, its certificate and the members' tokens; in a member that is a host too, also what join made. */
function isControlPlanes({ metadata: { labels, annotations } }: DeepReadonly<KubeObject>): boolean {
  return (
    labels?.['app.kubernetes.io/part-of'] === 'fedmesh' ||
    [CONTROL_PLANE_ANNOTATION, MEMBER_ANNOTATION].some((key) => annotations?.[key] !== undefined)
  );
}

/** Why an object is not federated with its namespace; undefined when it is. */
export function reasonToLeaveOut(
  object: DeepReadonly<KubeObject>,
  resource: Pick<Resource, 'group' | 'plural'>,
): string | undefined {
  const owner = object.metadata.ownerReferences?.find((reference) => reference.controller === true);
  if (owner !== undefined) return `made by ${owner.kind} ${owner.name}`;
  if (object.metadata.deletionTimestamp !== undefined) return 'being deleted';
  if (isControlPlanes(object)) return "the control plane's own";
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
    case 'rolebindings.rbac.authorization.k8s.io':
      return name === FOLLOWING_ROLE ? 'lets the controller follow the namespace' : undefined;
    default:
      return undefined;
  }
}
