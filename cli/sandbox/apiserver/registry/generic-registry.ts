import { randomUUID } from 'node:crypto';
import type { DeepReadonly, KubeObject, ObjectMeta } from '../../../../apis/meta/v1.ts';
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
  Strategy,
  Subresource,
  WriteContext,
} from '../resources/resource-definition.ts';
import { jsonEqual } from '../schema/json-value.ts';
import { validateValue } from '../schema/validate-value.ts';
import { deepCopy } from '../storage/deep-copy.ts';
import { AlreadyStored, StorageConflict } from '../storage/errors.ts';
import type { Storage, Stored } from '../storage/storage.ts';
import { StoredObject } from '../storage/stored-object.ts';
import { validateObjectMeta, validateObjectMetaUpdate } from '../validation/object-meta.ts';
import {
  checkPreconditions,
  type DeleteOptions,
  goesWithUpdate,
  metadataWhenDeleted,
  withoutGrace,
} from './deletion.ts';
import { generatedName } from './generated-name.ts';
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
    if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== '') throw resourceVersionSet();
    delete metadata.resourceVersion;
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
      ...this.#schemaErrors(definition, object, undefined),
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
      ...this.#schemaErrors(definition, object, before, options.subresource),
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

  #checkIdentity(
    definition: ResourceDefinition,
    { metadata: stored }: DeepReadonly<KubeObject>,
    { metadata }: KubeObject,
    meansUid: boolean,
  ): void {
    const { uid, resourceVersion } = metadata;
    const name = stored.name ?? '';
    if (meansUid && uid !== undefined && uid !== '' && uid !== stored.uid) {
      const key = keyInEtcd(definition, stored);
      const why = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${stored.uid}`;
      throw conflict(definition, name, why);
    }
    if (resourceVersion === undefined || resourceVersion === '' || resourceVersion === '0') {
      delete metadata.resourceVersion;
      if (definition.strategy.unconditionalUpdate) return;
      // Kubernetes names the resource here, where it names the kind elsewhere.
      throw invalid({ group: definition.group, kind: definition.plural }, name, [
        {
          field: 'metadata.resourceVersion',
          reason: 'FieldValueInvalid',
          message: 'Invalid value: 0: must be specified for an update',
        },
      ]);
    }
    if (!/^\d+$/.test(resourceVersion)) throw notANumber(resourceVersion);
    if (resourceVersion !== stored.resourceVersion) throw conflict(definition, name);
  }

  #schemaErrors(
    { custom, schema }: ResourceDefinition,
    object: KubeObject,
    before: DeepReadonly<KubeObject> | undefined,
    subresource?: string,
  ): FieldError[] {
    if (!custom || schema === undefined) return [];
    const status = schema.properties?.status;
    if (subresource === 'status') {
      if (status === undefined || object.status === undefined) return [];
      // Judged by itself: what is wrong says `replicas in body`, of the field `status.replicas`.
      return before?.status === undefined
        ? validateValue(status, object.status, 'status')
        : validateValue(status, object.status, 'status', before.status);
    }
    return before === undefined ? validateValue(schema, object, '') : validateValue(schema, object, '', before);
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
    this.#checkIdentity(definition, before, changed, options.isPatch !== true);
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

/** Of a new object, whatever was sent. */
function clearWhatNobodySets(metadata: ObjectMeta): void {
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete (metadata as { selfLink?: string }).selfLink;
}

/** A subresource that knows what is wrong with what it writes says so instead of the kind. */
function validateChange(
  view: Subresource | undefined,
  strategy: Strategy,
  object: DeepReadonly<KubeObject>,
  before: DeepReadonly<KubeObject>,
  context: WriteContext,
): readonly FieldError[] {
  if (writesFreely(view)) return [];
  if (view?.kind === 'view' && view.validateUpdate !== undefined) return view.validateUpdate(object, before, context);
  return strategy.validateUpdate?.(object, before, context) ?? [];
}

function writesFreely(view: Subresource | undefined): boolean {
  return view?.kind === 'action' && view.writesFreely === true;
}

/** What an update never changes, whatever was sent: Kubernetes' `BeforeUpdate` and what it leaves to validation. */
function keepSystemFields(object: KubeObject, stored: DeepReadonly<KubeObject>): void {
  const { metadata } = object;
  const old = stored.metadata;
  delete (metadata as { selfLink?: string }).selfLink;
  if (metadata.uid === undefined || metadata.uid === '') metadata.uid = old.uid ?? '';
  if (old.creationTimestamp !== undefined) metadata.creationTimestamp = old.creationTimestamp;
  if (old.generation === undefined) delete metadata.generation;
  else metadata.generation = old.generation;
  if (old.deletionTimestamp !== undefined) metadata.deletionTimestamp = old.deletionTimestamp;
  if (old.deletionGracePeriodSeconds !== undefined)
    metadata.deletionGracePeriodSeconds = old.deletionGracePeriodSeconds;
  metadata.namespace ??= old.namespace ?? '';
  if (metadata.namespace === '') delete metadata.namespace;
}

/** A status that is no subresource is a part like any other. */
function differsBeyondStatus(
  { custom, subresources }: ResourceDefinition,
  object: DeepReadonly<KubeObject>,
  stored: DeepReadonly<KubeObject>,
): boolean {
  const ignored = (field: string): boolean =>
    field === 'metadata' ||
    field === 'apiVersion' ||
    (field === 'status' && (!custom || subresources.status !== undefined));
  for (const field of new Set([...Object.keys(object), ...Object.keys(stored)])) {
    if (!ignored(field) && !jsonEqual(object[field], stored[field])) return true;
  }
  return false;
}

/** Where Kubernetes keeps it, as its messages say. */
function keyInEtcd(
  { group, plural, custom }: ResourceDefinition,
  { namespace, name }: DeepReadonly<ObjectMeta>,
): string {
  const byGroup = custom || group === 'apiextensions.k8s.io' || group === 'apiregistration.k8s.io';
  const kept = byGroup ? `${group}/${plural}` : (KEPT_ELSEWHERE[plural] ?? plural);
  return `/registry/${kept}/${namespace === undefined ? '' : `${namespace}/`}${name ?? ''}`;
}

/** Names of long ago. */
const KEPT_ELSEWHERE: Readonly<Record<string, string>> = {
  replicationcontrollers: 'controllers',
  endpoints: 'services/endpoints',
  services: 'services/specs',
  nodes: 'minions',
  ingresses: 'ingress',
};

function resourceVersionSet(): StatusError {
  return bareFailure('resourceVersion should not be set on objects to be created');
}

function notANumber(resourceVersion: string): StatusError {
  return bareFailure(`strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`);
}

/** A 500 without a reason: what Kubernetes makes of an error that is no Status. */
function bareFailure(message: string): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    ...{ metadata: {} },
    status: 'Failure',
    message,
    code: 500,
  });
}
