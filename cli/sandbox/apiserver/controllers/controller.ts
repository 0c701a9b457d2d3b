import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import type { Clock } from '../../../../controller/time/clock.ts';
import { rfc3339 } from '../../../../controller/time/rfc3339.ts';
import { StatusError } from '../errors/status-error.ts';
import type { ClusterServices, ResourceDefinition } from '../resources/resource-definition.ts';
import type { Storage, StorageEvent, Stored } from '../storage/storage.ts';
import type { UserInfo } from '../user/user-info.ts';
import type { WorkLoop } from './work-loop.ts';

/** One of the server's own controllers. */
export interface Controller {
  /** Called while a write is being made: notes what there is to do, and writes nothing itself. */
  observe(event: StorageEvent): void;
  /** Takes up what is stored already: a state from disk, or what was written before the controllers ran. */
  begin(): void;
}

/** What every controller works with. */
export interface ControllerContext {
  readonly cluster: ClusterServices;
  readonly storage: Storage;
  readonly loop: WorkLoop;
  readonly clock: Clock;
}

/** Whose name the controllers' writes bear. */
export const CONTROLLER_MANAGER: UserInfo = Object.freeze({
  username: 'system:kube-controller-manager',
  groups: Object.freeze(['system:masters', 'system:authenticated']),
});

/** Whose name the server's own writes bear: what it begins with, the conditions of CRDs. */
export const API_SERVER: UserInfo = Object.freeze({
  username: 'system:apiserver',
  groups: Object.freeze(['system:masters', 'system:authenticated']),
});

export const AS_CONTROLLER_MANAGER = Object.freeze({
  user: CONTROLLER_MANAGER,
  fieldManager: 'kube-controller-manager',
});

export const AS_API_SERVER = Object.freeze({ user: API_SERVER, fieldManager: 'kube-apiserver' });

/** How a stored object's kind is served; `undefined` when its CRD is gone. */
export function definitionOf(
  cluster: ClusterServices,
  object: DeepReadonly<KubeObject>,
): ResourceDefinition | undefined {
  return cluster.definitionOfKind(groupOf(object.apiVersion ?? ''), object.kind ?? '');
}

/** A built-in kind that every server has. */
export function builtIn(cluster: ClusterServices, group: string, kind: string): ResourceDefinition {
  const definition = cluster.definitionOfKind(group, kind);
  if (definition === undefined) throw new Error(`cluster "${cluster.name}" does not serve ${kind}.${group}`);
  return definition;
}

/** `apps` of `apps/v1`; empty for the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

export function isGone(error: unknown): boolean {
  return error instanceof StatusError && error.code === 404;
}

export function refOf({ namespace, name }: Stored): { readonly namespace: string; readonly name: string } {
  return { namespace, name };
}

export function isBeingDeleted(object: DeepReadonly<KubeObject>): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

/** As Kubernetes writes times: whole seconds. */
export function timestamp(clock: Pick<Clock, 'now'>): string {
  return rfc3339(clock.now());
}
