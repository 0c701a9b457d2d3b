import type { KubeObject } from '../../../../apis/meta/v1.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import type { StorageEvent, Stored } from '../storage/storage.ts';
import {
  AS_CONTROLLER_MANAGER,
  builtIn,
  type Controller,
  type ControllerContext,
  isBeingDeleted,
  isGone,
  refOf,
  timestamp,
} from './controller.ts';
import { type NamespaceCondition, type RemainingContent, terminationConditions } from './namespace-conditions.ts';
import { NAMESPACES, PODS } from './storage-keys.ts';
import type { Work } from './work-loop.ts';

/** The `spec.finalizers` entry that keeps a namespace until its content is gone. */
const CONTENT_FINALIZER = 'kubernetes';
/** Objects told to go at a stretch. */
const DELETED_AT_ONCE = 300;

interface NamespaceSpec {
  readonly finalizers?: readonly string[];
}

/**
 * Empties namespaces that are being deleted, Pods first, and lets them go when nothing is left. What stays, and what it waits for, is
 * told in the namespace's conditions. Kubernetes: `pkg/controller/namespace/deletion`, without its wait of five seconds.
 */
export class NamespaceTermination implements Controller {
  readonly #context: ControllerContext;
  readonly #terminating = new Set<string>();
  readonly #work: Work = { name: 'namespace termination', run: (name) => this.#terminate(name) };

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  begin(): void {
    for (const namespace of this.#context.storage.list(NAMESPACES)) this.#take(namespace);
  }

  observe({ type, stored, previous }: StorageEvent): void {
    if (stored.storageKey === NAMESPACES) {
      if (type === 'DELETED') this.#terminating.delete(stored.name);
      else this.#take(stored);
      return;
    }
    if (this.#terminating.size === 0 || !this.#terminating.has(stored.namespace)) return;
    // What is still written there beside these changes nothing of what remains.
    const tellsMore = type !== 'MODIFIED' || finalizersOf(stored).length !== finalizersOf(previous).length;
    if (tellsMore) this.#context.loop.add(this.#work, stored.namespace);
  }

  #take(namespace: Stored): void {
    if (!isBeingDeleted(namespace.object)) return;
    this.#terminating.add(namespace.name);
    this.#context.loop.add(this.#work, namespace.name);
  }

  #terminate(name: string): void {
    const { storage, cluster } = this.#context;
    const namespace = storage.get(NAMESPACES, '', name);
    if (namespace === undefined || !isBeingDeleted(namespace.object)) return;
    const { finalizers = [] } = (namespace.object.spec ?? {}) as NamespaceSpec;
    if (!finalizers.includes(CONTENT_FINALIZER)) return;

    const remaining = this.#deleteContent(name);
    if (remaining === 'more to do') {
      this.#context.loop.add(this.#work, name);
      return;
    }
    this.#tell(namespace, remaining.told);
    if (remaining.isEmpty) {
      const finalize = (object: KubeObject): KubeObject => {
        const spec = object.spec as NamespaceSpec;
        return {
          ...object,
          spec: { ...spec, finalizers: (spec.finalizers ?? []).filter((held) => held !== CONTENT_FINALIZER) },
        };
      };
      const options = { ...AS_CONTROLLER_MANAGER, subresource: 'finalize' };
      cluster.registry.update(builtIn(cluster, '', 'Namespace'), refOf(namespace), finalize, options);
    }
  }

  #deleteContent(namespace: string): { told: RemainingContent; isEmpty: boolean } | 'more to do' {
    const resources = new Map<string, number>();
    const finalizers = new Map<string, number>();
    const failures: string[] = [];
    let budget = DELETED_AT_ONCE;
    for (const definition of this.#contentKinds()) {
      const deleted = this.#deleteAll(definition, namespace, budget, failures);
      if (deleted > budget) return 'more to do';
      budget -= deleted;
      const left = this.#context.storage.list(definition.storageKey, namespace);
      if (left.length === 0) continue;
      const groupResource = `${definition.plural}.${definition.group}`;
      resources.set(groupResource, left.length);
      for (const finalizer of left.flatMap(finalizersOf)) {
        finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
      }
      // Pods go first, and until they are gone Kubernetes tells nothing of what remains.
      if (definition.storageKey === PODS) {
        return { told: { resources: new Map(), finalizers: new Map(), failures }, isEmpty: false };
      }
    }
    return { told: { resources, finalizers, failures }, isEmpty: resources.size === 0 && failures.length === 0 };
  }

  /** How many were told to go; more than `budget` when some were left for the next time. */
  #deleteAll(definition: ResourceDefinition, namespace: string, budget: number, failures: string[]): number {
    const { storage, cluster } = this.#context;
    let deleted = 0;
    for (const stored of storage.list(definition.storageKey, namespace)) {
      if (isBeingDeleted(stored.object)) continue;
      deleted += 1;
      if (deleted > budget) return deleted;
      try {
        const options = { ...AS_CONTROLLER_MANAGER, propagationPolicy: 'Background' as const };
        cluster.registry.delete(definition, refOf(stored), options);
      } catch (error) {
        if (!isGone(error)) failures.push(error instanceof Error ? error.message : String(error));
      }
    }
    return deleted;
  }

  /** One definition for each kind of object that can be in a namespace, Pods first. */
  #contentKinds(): ResourceDefinition[] {
    const { cluster } = this.#context;
    const kinds = new Map<string, ResourceDefinition>();
    for (const definition of cluster.definitions()) {
      if (!definition.namespaced || !definition.verbs.includes('delete') || kinds.has(definition.storageKey)) continue;
      kinds.set(definition.storageKey, cluster.definitionOfKind(definition.group, definition.kind) ?? definition);
    }
    const pods = kinds.get(PODS);
    kinds.delete(PODS);
    return [...(pods === undefined ? [] : [pods]), ...kinds.values()];
  }

  #tell(namespace: Stored, remaining: RemainingContent): void {
    const { cluster, clock } = this.#context;
    const status = (namespace.object.status ?? {}) as { readonly conditions?: readonly NamespaceCondition[] };
    const conditions = terminationConditions(status.conditions ?? [], remaining, timestamp(clock));
    if (conditions === undefined) return;
    const change = (object: KubeObject): KubeObject => ({
      ...object,
      status: { ...(object.status as object | undefined), conditions },
    });
    const options = { ...AS_CONTROLLER_MANAGER, subresource: 'status' };
    cluster.registry.update(builtIn(cluster, '', 'Namespace'), refOf(namespace), change, options);
  }
}

function finalizersOf(stored: Stored | undefined): readonly string[] {
  return stored?.object.metadata.finalizers ?? [];
}
