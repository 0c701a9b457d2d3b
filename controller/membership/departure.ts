import type { KubeObject } from '../../apis/meta/v1.ts';
import { CONTROL_PLANE_ANNOTATION, CREATED_BY_ANNOTATION } from '../../apis/well-known.ts';
import type { Client } from '../kube/client.ts';
import { NAMESPACES, SERVICE_ACCOUNTS } from '../kube/core-kinds.ts';
import { isForbidden, isNotFound, isUnauthorized } from '../kube/errors.ts';
import { optional } from '../kube/optional.ts';
import type { Resource } from '../kube/resource.ts';
import { describeContents, inspectNamespace } from '../ownership/namespace-contents.ts';
import { type Clock, sleep } from '../time/clock.ts';
import { ensure, ownerOf } from './ensure.ts';
import {
  type BindingObject,
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  ROLE_BINDINGS,
  ROLES,
  type RoleObject,
} from './kinds.ts';
import { clusterRoleNameOf, grantingRole, ownContents, type Rights } from './rights.ts';
import { grantsEverything } from './role.ts';

export interface DepartureOptions {
  readonly rights: Rights;
  /** `member` acts with a person's rights: it can see to the end that all is gone. */
  readonly asAdmin: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What becomes of the control plane's namespace in the member: why it stays, or `undefined` when it goes. */
export type NamespaceFate = { readonly stays: string | undefined };

/**
 * Decides about the namespace of the control plane's rights, before they go. One that join made goes when nothing is in it
 * but those rights; else it is released here, and only what join put into it will go.
 */
export async function settleNamespace(member: Client, options: DepartureOptions): Promise<NamespaceFate> {
  const { rights, clock, signal } = options;
  const { namespace: name, controlPlane } = rights;
  const namespace = await optional(member.get<KubeObject>(NAMESPACES, { name }, { signal }));
  if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return { stays: undefined };
  if (namespace.metadata.uid === controlPlane.namespaceUid) return { stays: 'the control plane lives in it' };
  const isOurs = namespace.metadata.annotations?.[CREATED_BY_ANNOTATION] === controlPlane.uid;
  const isKubeFeds = !isOurs && (await isJoinedByKubeFed(member, options));
  if (isKubeFeds && controlPlane.scope === 'Namespaced') {
    // People live in such a namespace, and nothing says who made it.
    await claimNamespacedRights(member, rights, signal);
    return { stays: 'KubeFed does not say whether it made it' };
  }
  if (!isOurs && !isKubeFeds) return { stays: 'it was there before' };
  const expected = ownContents(rights);
  const contents = await inspectNamespace(member, name, {
    controlPlaneUid: controlPlane.uid,
    expected,
    clock,
    signal,
  });
  if (isKubeFeds) await claimRights(member, rights, contents.empty ? namespace : undefined, signal);
  if (contents.empty) return { stays: undefined };
  if (isOurs) await annotateNamespace(member, namespace, null, signal);
  return { stays: `it holds ${describeContents(contents)}` };
}

/**
 * Takes the control plane's own rights away, in an order in which each call is still covered by those that are left. Safe to
 * repeat: what was done before shows as gone, or as no longer permitted.
 * @returns whether the member still let us in; after an earlier attempt it does not.
 */
export async function removeRights(member: Client, options: DepartureOptions): Promise<boolean> {
  const { rights, asAdmin, signal } = options;
  const { names, namespace } = rights;
  let letIn: boolean;
  if (await namespaceGoes(member, options)) {
    // Everything else belongs to it and goes with it. This is the last call that these credentials carry.
    letIn = await removeIfThere(member, NAMESPACES, { name: namespace }, signal);
  } else {
    letIn = await removeIfThere(member, CLUSTER_ROLE_BINDINGS, { name: clusterRoleNameOf(rights) }, signal);
    await removeIfThere(member, SERVICE_ACCOUNTS, { namespace, name: names.serviceAccount }, signal);
  }
  if (asAdmin) await sweep(member, options);
  return letIn;
}

/** KubeFed's role in one namespace cannot take away the ClusterRole that goes with it: what stays, in words. */
export async function rightsBeyondReach(
  member: Client,
  { rights, asAdmin, signal }: DepartureOptions,
): Promise<string | undefined> {
  if (asAdmin || rights.controlPlane.scope === 'Cluster') return undefined;
  const name = clusterRoleNameOf(rights);
  const { resource, ref } = grantingRole(rights);
  try {
    const role = await member.get<RoleObject>(resource, ref, { signal });
    // Ours may, or has done so.
    if (role.metadata.annotations?.[CONTROL_PLANE_ANNOTATION] !== undefined) return undefined;
    await member.get<KubeObject>(CLUSTER_ROLE_BINDINGS, { name }, { signal });
  } catch (error) {
    if (isNotFound(error) || isUnauthorized(error)) return undefined;
    if (!isForbidden(error)) throw error;
    return `ClusterRole and ClusterRoleBinding "${name}", which only an administrator may delete`;
  }
  return undefined;
}

async function namespaceGoes(member: Client, { rights, signal }: DepartureOptions): Promise<boolean> {
  const { controlPlane } = rights;
  try {
    const namespace = await optional(member.get<KubeObject>(NAMESPACES, { name: rights.namespace }, { signal }));
    return (
      namespace?.metadata.annotations?.[CREATED_BY_ANNOTATION] === controlPlane.uid &&
      namespace.metadata.uid !== controlPlane.namespaceUid
    );
  } catch (error) {
    // The rights have begun to go already.
    if (isForbidden(error) || isUnauthorized(error)) return false;
    throw error;
  }
}

const SWEEP_MS = 60_000;
const POLL_MS = 250;

/** With a person's rights: removes by hand what belongs to nothing, and waits until all of it is gone. */
async function sweep(member: Client, { rights, clock, signal }: DepartureOptions): Promise<void> {
  const { names, namespace, controlPlane } = rights;
  const ours: [Resource, { name: string; namespace?: string }][] = [
    [CLUSTER_ROLE_BINDINGS, { name: clusterRoleNameOf(rights) }],
    [CLUSTER_ROLES, { name: clusterRoleNameOf(rights) }],
    [SERVICE_ACCOUNTS, { namespace, name: names.serviceAccount }],
    [ROLE_BINDINGS, { namespace, name: names.role }],
    [ROLES, { namespace, name: names.role }],
  ];
  for (const [resource, ref] of ours) {
    const object = await optional(member.get<KubeObject>(resource, ref, { signal }));
    const holder = object?.metadata.annotations?.[CONTROL_PLANE_ANNOTATION];
    if (object !== undefined && (holder === undefined || holder === controlPlane.uid)) {
      await removeIfThere(member, resource, ref, signal);
    }
  }
  const deadline = clock.monotonic() + SWEEP_MS;
  for (;;) {
    const home = await optional(member.get<KubeObject>(NAMESPACES, { name: namespace }, { signal }));
    if (home?.metadata.deletionTimestamp === undefined || clock.monotonic() >= deadline) return;
    await sleep(clock, POLL_MS, signal);
  }
}

/**
 * Gone, or out of reach because the rights to it are gone, is what was wanted.
 * @returns false when the member does not know these credentials at all.
 */
async function removeIfThere(
  member: Client,
  resource: Resource,
  ref: { name: string; namespace?: string },
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await member.delete(resource, ref, { propagationPolicy: 'Background', signal });
    return true;
  } catch (error) {
    if (!isNotFound(error) && !isForbidden(error) && !isUnauthorized(error)) throw error;
    return !isUnauthorized(error);
  }
}

async function isJoinedByKubeFed(member: Client, { rights, signal }: DepartureOptions): Promise<boolean> {
  const { resource, ref } = grantingRole(rights);
  const role = await optional(member.get<RoleObject>(resource, ref, { signal }));
  return (
    role !== undefined &&
    role.metadata.annotations?.[CONTROL_PLANE_ANNOTATION] === undefined &&
    grantsEverything(role.rules ?? [])
  );
}

/**
 * KubeFed's join ties nothing together. With the rights it gave, its ClusterRole and ServiceAccount are made to go with
 * the ClusterRoleBinding, and that with the namespace if it goes (KubeFed's own unjoin deletes it whatever it holds).
 */
async function claimRights(
  member: Client,
  rights: Rights,
  namespace: KubeObject | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { names } = rights;
  const binding = await optional(member.get<BindingObject>(CLUSTER_ROLE_BINDINGS, { name: names.role }, { signal }));
  if (binding === undefined) return;
  const ownerReferences = [ownerOf(CLUSTER_ROLE_BINDINGS, binding)];
  const account = { namespace: rights.namespace, name: names.serviceAccount, ownerReferences };
  await ensure<KubeObject>(member, CLUSTER_ROLES, { metadata: { name: names.role, ownerReferences } }, { signal });
  await ensure<KubeObject>(member, SERVICE_ACCOUNTS, { metadata: account }, { signal });
  if (namespace === undefined) return;
  const owned = { name: names.role, ownerReferences: [ownerOf(NAMESPACES, namespace)] };
  await ensure<KubeObject>(member, CLUSTER_ROLE_BINDINGS, { metadata: owned }, { signal });
  await annotateNamespace(member, namespace, rights.controlPlane.uid, signal);
}

/** The same for a control plane in one namespace. Its ClusterRole is out of reach of the rights that KubeFed gave. */
async function claimNamespacedRights(member: Client, rights: Rights, signal: AbortSignal): Promise<void> {
  const { names, namespace } = rights;
  const ref = { namespace, name: names.serviceAccount };
  const account = await optional(member.get<KubeObject>(SERVICE_ACCOUNTS, ref, { signal }));
  if (account === undefined) return;
  const metadata = { namespace, name: names.role, ownerReferences: [ownerOf(SERVICE_ACCOUNTS, account)] };
  for (const resource of [ROLES, ROLE_BINDINGS]) await ensure<KubeObject>(member, resource, { metadata }, { signal });
}

async function annotateNamespace(
  member: Client,
  { metadata }: KubeObject,
  createdBy: string | null,
  signal: AbortSignal,
): Promise<void> {
  const body = { metadata: { uid: metadata.uid, annotations: { [CREATED_BY_ANNOTATION]: createdBy } } };
  await member.patch<KubeObject>(NAMESPACES, { name: metadata.name ?? '' }, { type: 'merge', body }, { signal });
}
