import { randomUUID } from 'node:crypto';
import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import type { Clock } from '../../../../controller/time/clock.ts';
import { addWhatPluginsAdd } from '../admission/built-in-mutations.ts';
import { alreadyExists, conflict, type FieldError, invalid, notFound, StatusError } from '../errors/status-error.ts';
import { timestamp } from '../managed-fields/entries.ts';
import { resetFields } from '../managed-fields/reset-fields.ts';
import { trackUpdate } from '../managed-fields/track-update.ts';
import { keepTimesOfNoChange } from '../managed-fields/unchanged-times.ts';
import type {
  ClusterServices,
  Registry,
  RegistryOptions,
  ResourceDefinition,
  WriteContext,
} from '../resources/resource-definition.ts';
import { jsonEqual } from '../schema/json-value.ts';
import { deepCopy } from '../storage/deep-copy.ts';
import { AlreadyStored, StorageConflict } from '../storage/errors.ts';
import type { Storage, Stored } from '../storage/storage.ts';
import { StoredObject } from '../storage/stored-object.ts';
import { validateObjectMeta, validateObjectMetaUpdate } from '../validation/object-meta.ts';
import { differsBeyondStatus, schemaErrors, validateChange, writesFreely } from './changes.ts';
import {
  checkPreconditions,
  type DeleteOptions,
  goesWithUpdate,
  metadataWhenDeleted,
  withoutGrace,
} from './deletion.ts';
import { generatedName } from './generated-name.ts';
import { checkIdentity, checkNew, clearWhatNobodySets, keepSystemFields } from './identity.ts';
import { apiVersionOf, fromStored, toStored } from './versions.ts';

export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

export type UpdateOptions = RegistryOptions & {
  readonly subresource?: string;
  /** A patched UID is a field that may not change; one that is sent says which object is meant. */
  readonly isPatch?: boolean;
};

/**
 * The one way to what is stored. A write has two halves, so that a request can show what it is about to store to webhooks
 * between them: `prepare…` says what is to be stored or why not, `commit…` stores it, unless something else was stored meanwhile.
 */
export class GenericRegistry implements Registry {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #cluster: () => ClusterServices;

  constructor(options: {
    readonly storage: Storage;
    readonly clock: Clock;
    /** Asked for at each write: the services hold the registry. */
    readonly cluster: () => ClusterServices;
  }) {
    this.#storage = options.storage;
    this.#clock = options.clock;
    this.#cluster = options.cluster;
  }

  create(definition: ResourceDefinition, object: KubeObject, options: RegistryOptions): DeepReadonly<KubeObject> {
    const own = deepCopy<KubeObject>(object);
    this.setDefaults(definition, own);
    const prepared = this.prepareCreate(definition, own, own.metadata.namespace ?? '', options);
    return fromStored(definition, this.commitCreate(definition, prepared, options).object);
  }

  update(
    definition: ResourceDefinition,
    ref: ObjectKey,
    change: (stored: KubeObject) => KubeObject,
    options: UpdateOptions,
  ): DeepReadonly<KubeObject> {
    const stored = this.#storage.get(definition.storageKey, ref.namespace, ref.name);
    if (stored === undefined) throw notFound(definition, ref.name);
    const changed = change(deepCopy<KubeObject>(fromStored(definition, stored.object)));
    this.setDefaults(definition, changed);
    const prepared = this.prepareUpdate(definition, stored, changed, options);
    return fromStored(definition, this.commitUpdate(definition, stored, prepared, options).object);
  }

  delete(
    definition: ResourceDefinition,
    ref: ObjectKey,
    options: RegistryOptions & DeleteOptions,
  ): DeepReadonly<KubeObject> | undefined {
    const stored = this.#storage.get(definition.storageKey, ref.namespace, ref.name);
    return stored === undefined
      ? undefined
      : fromStored(definition, this.remove(definition, stored, options).stored.object);
  }

  /** In place, what was left out. First of all, and again after webhooks. */
  setDefaults(definition: ResourceDefinition, object: KubeObject): void {
    // An empty list gives up all ownership of fields; Go's encoding would leave it out, and does so in custom resources.
    const forgetsOwners = !definition.custom && object.metadata.managedFields?.length === 0;
    definition.strategy.setDefaults?.(object);
    if (forgetsOwners) object.metadata.managedFields = [];
  }

  /** In place: who owns which field of a defaulted new object, as webhooks are shown it. What these change is nobody's. */
  ownCreated(definition: ResourceDefinition, object: KubeObject, options: RegistryOptions): void {
    clearWhatNobodySets(object.metadata);
    this.#track(definition, undefined, object, options, this.contextOf(options).now);
  }

  /** The same of an update: with a subresource, of what that lets through. */
  ownUpdated(definition: ResourceDefinition, stored: Stored, changed: KubeObject, options: UpdateOptions): KubeObject {
    const before = fromStored(definition, stored.object);
    const object = this.#letThrough(definition, before, changed, options);
    this.#track(definition, before, object, options, this.contextOf(options).now);
    return object;
  }

  /** What is to be stored, out of a defaulted object that is the registry's to change. @throws {StatusError} */
  prepareCreate(
    definition: ResourceDefinition,
    object: KubeObject,
    namespace: string,
    options: RegistryOptions,
  ): KubeObject {
    const { strategy } = definition;
    const context = this.contextOf(options);
    const { metadata } = object;
    checkNew(metadata);
    clearWhatNobodySets(metadata);
    if (definition.namespaced) metadata.namespace = namespace;
    metadata.uid = randomUUID();
    metadata.creationTimestamp = timestamp(context.now);
    if (strategy.hasGeneration) metadata.generation = 1;
    const generates = !metadata.name && metadata.generateName !== undefined && metadata.generateName !== '';
    if (generates) metadata.name = generatedName(metadata.generateName ?? '');

    this.#track(definition, undefined, object, options, context.now);
    strategy.prepareForStorage?.(object);
    this.#addDefaultsOfPlugins('CREATE', definition, object, undefined, options);
    strategy.prepareForCreate?.(object, context);
    this.#refuse(definition, object, [
      ...validateObjectMeta(object, definition),
      ...schemaErrors(definition, object, undefined),
      ...(strategy.validate?.(object, context) ?? []),
    ]);
    strategy.admit?.(object, undefined, context);
    return object;
  }

  /** @throws {StatusError} 409: the name is taken. */
  commitCreate(definition: ResourceDefinition, prepared: KubeObject, options: RegistryOptions): Stored {
    const { storageKey } = definition;
    const { namespace = '', name = '' } = prepared.metadata;
    const object = toStored(definition, prepared);
    if (options.dryRun === true) {
      if (this.#storage.get(storageKey, namespace, name) !== undefined) throw this.#taken(definition, namespace, name);
      return new StoredObject(storageKey, namespace, name, object, this.#storage.revision);
    }
    try {
      return this.#storage.create(storageKey, namespace, name, object);
    } catch (error) {
      if (error instanceof AlreadyStored) throw this.#taken(definition, namespace, name);
      throw error;
    }
  }

  /**
   * What is to be stored instead of `stored`, out of a defaulted object that is the registry's to change.
   * With a subresource only what that lets through counts. @throws {StatusError}
   */
  prepareUpdate(
    definition: ResourceDefinition,
    stored: Stored,
    changed: KubeObject,
    options: UpdateOptions,
  ): KubeObject {
    const { strategy } = definition;
    const context = this.contextOf(options);
    const before = fromStored(definition, stored.object);
    const view = options.subresource === undefined ? undefined : definition.subresources[options.subresource];
    const object = this.#letThrough(definition, before, changed, options);

    this.#track(definition, before, object, options, context.now);
    strategy.prepareForStorage?.(object);
    this.#addDefaultsOfPlugins('UPDATE', definition, object, before, options);
    if (options.subresource === undefined) strategy.prepareForUpdate?.(object, before, context);
    if (strategy.hasGeneration && object.metadata.generation === before.metadata.generation) {
      const bumps = options.subresource !== 'status' && strategy.bumpsGeneration?.(object, before) === true;
      if (bumps || (!writesFreely(view) && differsBeyondStatus(definition, object, before)))
        object.metadata.generation = (before.metadata.generation ?? 0) + 1;
    }
    this.#refuse(definition, object, [
      ...validateObjectMetaUpdate(object, before, definition),
      ...schemaErrors(definition, object, before, options.subresource),
      ...validateChange(view, strategy, object, before, context),
    ]);
    strategy.admit?.(object, before, context);
    keepTimesOfNoChange(before, object);
    return object;
  }

  /**
   * Stores it, or removes the object where the update took away what kept it. The very same `stored` when nothing changes.
   * @throws {StatusError} 409: it is no longer what is stored.
   */
  commitUpdate(definition: ResourceDefinition, stored: Stored, prepared: KubeObject, options: RegistryOptions): Stored {
    const object = toStored(definition, prepared);
    const { storageKey, namespace, name } = stored;
    try {
      if (goesWithUpdate(definition, stored.object, prepared)) {
        // Watches are shown what was stored, the request what it made of it.
        if (options.dryRun !== true) this.#storage.delete(stored);
        return new StoredObject(storageKey, namespace, name, object, stored.revision);
      }
      if (jsonEqual(object, stored.object)) return stored;
      if (options.dryRun === true) return new StoredObject(storageKey, namespace, name, object, stored.revision);
      return this.#storage.update(stored, object);
    } catch (error) {
      if (error instanceof StorageConflict) throw conflict(definition, name);
      throw error;
    }
  }

  /** Deletes, or begins to. `removed`: it is gone, and `stored` is what it was. @throws {StatusError} 409 */
  remove(
    definition: ResourceDefinition,
    stored: Stored,
    options: RegistryOptions & DeleteOptions,
  ): { readonly stored: Stored; readonly removed: boolean } {
    const context = this.contextOf(options);
    checkPreconditions(definition, stored.object, options);
    const metadata = metadataWhenDeleted(definition, stored.object, options, context.now);
    try {
      if (metadata === undefined)
        return { stored: this.#remove(definition, stored, options, context.now), removed: true };
      if (metadata === stored.object.metadata) return { stored, removed: false };
      const object = deepCopy<KubeObject>({ ...stored.object, metadata });
      if (stored.object.metadata.deletionTimestamp === undefined)
        definition.strategy.prepareForDelete?.(object, context);
      if (options.dryRun === true) {
        const { storageKey, namespace, name, revision } = stored;
        return { stored: new StoredObject(storageKey, namespace, name, object, revision), removed: false };
      }
      return { stored: this.#storage.update(stored, object), removed: false };
    } catch (error) {
      if (error instanceof StorageConflict) throw conflict(definition, stored.name);
      throw error;
    }
  }

  /** Answers what a client is shown of what is gone now. */
  #remove(definition: ResourceDefinition, stored: Stored, { dryRun }: RegistryOptions, now: Date): Stored {
    const last = withoutGrace(definition, stored.object, now);
    if (dryRun === true) {
      const { storageKey, namespace, name, revision } = stored;
      return new StoredObject(storageKey, namespace, name, deepCopy<KubeObject>(last), revision);
    }
    // Kinds with grace are seen to end before they are gone.
    const ended = last === stored.object ? stored : this.#storage.update(stored, deepCopy<KubeObject>(last));
    return this.#storage.delete(ended);
  }

  contextOf(options: RegistryOptions): WriteContext {
    return {
      user: options.user,
      now: options.now ?? new Date(this.#clock.now()),
      dryRun: options.dryRun === true,
      storage: this.#storage,
      cluster: this.#cluster(),
    };
  }

  #taken(definition: ResourceDefinition, namespace: string, name: string): StatusError {
    const error = alreadyExists(definition, name);
    const stored = this.#storage.get(definition.storageKey, namespace, name);
    if (stored?.object.metadata.deletionTimestamp === undefined) return error;
    return new StatusError({ ...error.status, message: `object is being deleted: ${error.message}` });
  }

  #refuse(definition: ResourceDefinition, object: KubeObject, errors: readonly FieldError[]): void {
    if (errors.length > 0) throw invalid(definition, object.metadata.name ?? '', errors);
  }

  /** After the fields got their owners: what is added here nobody owns. */
  #addDefaultsOfPlugins(
    operation: 'CREATE' | 'UPDATE',
    definition: ResourceDefinition,
    object: KubeObject,
    oldObject: DeepReadonly<KubeObject> | undefined,
    { subresource = '', dryRun = false }: UpdateOptions,
  ): void {
    const { namespace = '', name = '' } = object.metadata;
    const attributes = { operation, definition, subresource, namespace, name, object, oldObject, dryRun };
    addWhatPluginsAdd(attributes, object, this.#storage);
  }

  #letThrough(
    definition: ResourceDefinition,
    before: DeepReadonly<KubeObject>,
    changed: KubeObject,
    options: UpdateOptions,
  ): KubeObject {
    const sent = changed.metadata;
    checkIdentity(definition, before, changed, options.isPatch !== true);
    if (sent.resourceVersion === undefined || sent.resourceVersion === '') {
      sent.resourceVersion = before.metadata.resourceVersion ?? '';
    }
    const view = options.subresource === undefined ? undefined : definition.subresources[options.subresource];
    const object = view?.kind === 'view' ? (view.merge(before, changed) as KubeObject) : changed;
    keepSystemFields(object, before);
    return object;
  }

  #track(
    definition: ResourceDefinition,
    stored: DeepReadonly<KubeObject> | undefined,
    next: KubeObject,
    { fieldManager: manager, subresource }: UpdateOptions,
    now: Date,
  ): void {
    if (manager === undefined) return;
    const entries = trackUpdate({
      stored,
      next,
      schema: definition.schema,
      manager,
      apiVersion: apiVersionOf(definition),
      subresource,
      now,
      resetFields: resetFields(definition, subresource),
    });
    if (entries.length === 0) delete next.metadata.managedFields;
    else next.metadata.managedFields = entries;
  }
}
