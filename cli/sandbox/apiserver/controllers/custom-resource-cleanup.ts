import type { KubeObject } from '../../../../apis/meta/v1.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import type { StorageEvent, Stored } from '../storage/storage.ts';
import {
  AS_API_SERVER,
  builtIn,
  type Controller,
  type ControllerContext,
  isBeingDeleted,
  isGone,
  refOf,
  timestamp,
} from './controller.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from './storage-keys.ts';
import type { Work } from './work-loop.ts';

/** Keeps a CRD that is being deleted until its objects are gone. */
export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';
/** Objects told to go at a stretch. */
const DELETED_AT_ONCE = 300;

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

const IN_PROGRESS = {
  status: 'True',
  reason: 'InstanceDeletionInProgress',
  message: 'CustomResource deletion is in progress',
};
const COMPLETED = { status: 'False', reason: 'InstanceDeletionCompleted', message: 'removed all instances' };
const NEVER_ESTABLISHED = { status: 'False', reason: 'NeverEstablished', message: 'resource was never established' };

/** Deletes the custom resources of CRDs that are being deleted, and then lets these go. Kubernetes: apiextensions' `crd_finalizer.go`. */
export class CustomResourceCleanup implements Controller {
  readonly #context: ControllerContext;
  /** Storage keys of kinds that are going, with the names of their CRDs. */
  readonly #going = new Map<string, string>();
  readonly #work: Work = { name: 'custom resource cleanup', run: (name) => this.#cleanUp(name) };

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  begin(): void {
    for (const crd of this.#context.storage.list(CUSTOM_RESOURCE_DEFINITIONS)) this.#take(crd);
  }

  observe({ type, stored }: StorageEvent): void {
    if (stored.storageKey === CUSTOM_RESOURCE_DEFINITIONS) {
      if (type === 'DELETED') this.#going.delete(stored.name);
      else this.#take(stored);
      return;
    }
    if (this.#going.size === 0 || type === 'MODIFIED') return;
    // A CRD bears the name under which its objects are kept: `plural.group`.
    const name = this.#going.get(stored.storageKey);
    if (name !== undefined) this.#context.loop.add(this.#work, name);
  }

  #take(crd: Stored): void {
    if (!isBeingDeleted(crd.object) || !(crd.object.metadata.finalizers ?? []).includes(CLEANUP_FINALIZER)) return;
    this.#going.set(crd.name, crd.name);
    this.#context.loop.add(this.#work, crd.name);
  }

  #cleanUp(name: string): void {
    const { storage, cluster } = this.#context;
    const crd = storage.get(CUSTOM_RESOURCE_DEFINITIONS, '', name);
    if (crd === undefined || !isBeingDeleted(crd.object)) return;
    const { group = '', names = {} } = (crd.object.spec ?? {}) as { group?: string; names?: { kind?: string } };
    const definition = cluster.definitionOfKind(group, names.kind ?? '');
    if (!isEstablished(crd) || definition === undefined || definition.storageKey !== name) {
      this.#letGo(crd, NEVER_ESTABLISHED);
      return;
    }
    this.#tell(crd, IN_PROGRESS);
    if (this.#deleteObjects(definition) === 'more to do') {
      this.#context.loop.add(this.#work, name);
    } else if (storage.list(definition.storageKey).length === 0) {
      this.#letGo(crd, COMPLETED);
    }
  }

  #deleteObjects(definition: ResourceDefinition): 'more to do' | 'done' {
    let deleted = 0;
    for (const stored of this.#context.storage.list(definition.storageKey)) {
      if (isBeingDeleted(stored.object)) continue;
      deleted += 1;
      if (deleted > DELETED_AT_ONCE) return 'more to do';
      try {
        this.#context.cluster.registry.delete(definition, refOf(stored), AS_API_SERVER);
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    }
    return 'done';
  }

  #tell(crd: Stored, condition: Omit<Condition, 'type'>): void {
    const before = conditionsOf(crd.object as KubeObject).find(({ type }) => type === 'Terminating');
    if (before?.status === condition.status && before.reason === condition.reason) return;
    this.#update(crd, (object) => this.#withTerminating(object, condition));
  }

  #letGo(crd: Stored, condition: Omit<Condition, 'type'>): void {
    this.#update(crd, (object) => {
      const finalizers = (object.metadata.finalizers ?? []).filter((finalizer) => finalizer !== CLEANUP_FINALIZER);
      return { ...this.#withTerminating(object, condition), metadata: { ...object.metadata, finalizers } };
    });
  }

  #withTerminating(object: KubeObject, condition: Omit<Condition, 'type'>): KubeObject {
    const { status, reason, message } = condition;
    const terminating = {
      lastTransitionTime: timestamp(this.#context.clock),
      message,
      reason,
      status,
      type: 'Terminating',
    };
    const others = conditionsOf(object).filter(({ type }) => type !== 'Terminating');
    return { ...object, status: { ...(object.status as object | undefined), conditions: [...others, terminating] } };
  }

  #update(crd: Stored, change: (object: KubeObject) => KubeObject): void {
    const { cluster } = this.#context;
    const definition = builtIn(cluster, 'apiextensions.k8s.io', 'CustomResourceDefinition');
    cluster.registry.update(definition, refOf(crd), change, { ...AS_API_SERVER, subresource: 'status' });
  }
}

function isEstablished(crd: Stored): boolean {
  const conditions = conditionsOf(crd.object as KubeObject);
  return conditions.some(({ type, status }) => type === 'Established' && status === 'True');
}

function conditionsOf(object: KubeObject): readonly Condition[] {
  return ((object.status ?? {}) as { readonly conditions?: readonly Condition[] }).conditions ?? [];
}
