import type { DeepReadonly, KubeObject, ObjectMeta } from '../../../../apis/meta/v1.ts';
import { deepFreeze } from '../../../../controller/kube/deep-freeze.ts';
import { forgetEmptyLists } from '../encoding/empty-lists.ts';
import { encodeAsGo } from '../encoding/go-encoding.ts';
import type { FieldError } from '../errors/status-error.ts';
import type {
  Column,
  ResourceDefinition,
  Strategy,
  Subresource,
  Verb,
  WriteContext,
} from '../resources/resource-definition.ts';
import { builtInSchema } from '../schema/built-in.ts';
import type { Schema } from '../schema/schema.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';

/** An object of a kind whose other fields `T` knows. */
export type Typed<T> = Omit<T, 'metadata'> & { metadata: ObjectMeta };

/** What is particular to a built-in kind; all else follows from it. `T` tells the fields, after they have been through `encodeAsGo`. */
export interface KindDescription<T> {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  /** Default: the kind in lower case. */
  readonly singular?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly namespaced: boolean;
  /** Default: all eight. */
  readonly verbs?: readonly Verb[];
  /** Default: `plural.group`, in the version described here. */
  readonly storageKey?: string;
  readonly storageApiVersion?: string;
  readonly conversion?: ResourceDefinition['conversion'];
  /**
   * A status that only the subresource `status` writes: `cleared` when an object is created (most kinds), or `kept` as it was sent
   * (Nodes). Without it the kind has no such subresource.
   */
  readonly status?: 'cleared' | 'kept';
  /** What else a write to the status leaves as it was: `['spec']` of most, labels of some. Default: all but metadata and status. */
  readonly statusKeepsLabels?: boolean;
  /** What else of the stored object outlives a write to the status, in place. */
  mergeStatus?(object: Typed<T>, stored: DeepReadonly<Typed<T>>): void;
  readonly subresources?: Readonly<Record<string, Subresource>>;
  readonly selectableFields?: Readonly<Record<string, (object: DeepReadonly<Typed<T>>) => string>>;
  readonly columns?: readonly Column[];
  readonly fieldAnnotations?: readonly string[];

  /** For kinds that are answered and never stored. Their only verb is create. */
  readonly answer?: ResourceDefinition['answer'];

  readonly hasGeneration?: boolean;
  readonly bumpsGeneration?: (object: DeepReadonly<Typed<T>>, stored: DeepReadonly<Typed<T>>) => boolean;
  readonly isHeld?: (object: DeepReadonly<Typed<T>>) => boolean;
  readonly returnsDeletedObject?: boolean;
  /** On update the metadata is checked once more as for a create: what is wrong is then told that often. */
  readonly validatesMetadataAgain?: boolean;
  readonly createOnUpdate?: boolean;
  /** Default: true. */
  readonly unconditionalUpdate?: boolean;
  readonly defaultPropagation?: 'Orphan' | 'Background';
  readonly defaultPropagationWarning?: string;
  readonly validateName?: (name: string, generated: boolean) => string[];
  readonly gracePeriodSeconds?: (object: DeepReadonly<Typed<T>>) => number;

  defaults?(object: Typed<T>): void;
  prepareForCreate?(object: Typed<T>, context: WriteContext): void;
  prepareForUpdate?(object: Typed<T>, stored: DeepReadonly<Typed<T>>, context: WriteContext): void;
  prepareForDelete?(object: Typed<T>, context: WriteContext): void;
  validate?(object: DeepReadonly<Typed<T>>, context: WriteContext): readonly FieldError[];
  validateUpdate?(
    object: DeepReadonly<Typed<T>>,
    stored: DeepReadonly<Typed<T>>,
    context: WriteContext,
  ): readonly FieldError[];
  /** What is wrong with a status that was written. The rest is as it was, and not looked at again. */
  readonly validateStatus?: (object: DeepReadonly<Typed<T>>, stored: DeepReadonly<Typed<T>>) => readonly FieldError[];
  warnings?(object: DeepReadonly<Typed<T>>, stored: DeepReadonly<Typed<T>> | undefined): readonly string[];
  /** Of a status that was written: the others do not count then. */
  readonly statusWarnings?: (object: DeepReadonly<Typed<T>>) => readonly string[];
  readonly admit?: NonNullable<Strategy['admit']>;
}

const ALL_VERBS: readonly Verb[] = Object.freeze([
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
] as const);
const ONLY_CREATE: readonly Verb[] = Object.freeze(['create'] as const);
const VIEW_VERBS: readonly Verb[] = Object.freeze(['get', 'patch', 'update'] as const);

/** The definition of a built-in kind, frozen, for all servers of the process. */
export function builtInKind<T extends object>(description: KindDescription<T>): ResourceDefinition {
  const { group, version, kind, plural, namespaced } = description;
  const definition: Omit<ResourceDefinition, 'schema'> = {
    group,
    version,
    kind,
    listKind: `${kind}List`,
    plural,
    singular: description.singular ?? kind.toLowerCase(),
    shortNames: description.shortNames ?? [],
    categories: description.categories ?? [],
    namespaced,
    verbs: description.verbs ?? (description.answer === undefined ? ALL_VERBS : ONLY_CREATE),
    storageKey: description.storageKey ?? (group === '' ? plural : `${plural}.${group}`),
    storageApiVersion: description.storageApiVersion ?? (group === '' ? version : `${group}/${version}`),
    ...(description.conversion === undefined ? {} : { conversion: description.conversion }),
    ...(description.answer === undefined ? {} : { answer: description.answer }),
    custom: false,
    strategy: strategyOf(description, () => definition as ResourceDefinition),
    subresources: {
      ...(description.status === undefined ? {} : { status: statusView(description) }),
      ...description.subresources,
    },
    selectableFields: (description.selectableFields ?? {}) as ResourceDefinition['selectableFields'],
    columns: description.columns ?? [],
    ...(description.fieldAnnotations === undefined ? {} : { fieldAnnotations: description.fieldAnnotations }),
  };
  Object.defineProperty(definition, 'schema', { enumerable: true, get: schemaOf(group, version, kind) });
  return freezeShallowly(definition as ResourceDefinition);
}

/** The schemas are large and read from a file: not before somebody asks, and then once. */
function schemaOf(group: string, version: string, kind: string): () => Schema | undefined {
  let schema: Schema | undefined;
  return () => {
    schema ??= builtInSchema(group, version, kind);
    return schema;
  };
}

function freezeShallowly(definition: ResourceDefinition): ResourceDefinition {
  const { strategy, subresources, shortNames, categories, verbs, columns, selectableFields } = definition;
  deepFreeze([strategy, subresources, shortNames, categories, verbs, columns, selectableFields]);
  return Object.freeze(definition);
}

function strategyOf<T extends object>(description: KindDescription<T>, definition: () => ResourceDefinition): Strategy {
  const { status } = description;
  const { validateName, defaultPropagation, defaultPropagationWarning, returnsDeletedObject, admit } = description;
  const { bumpsGeneration, isHeld, gracePeriodSeconds } = description;
  return {
    setDefaults(object) {
      const { schema } = definition();
      if (schema !== undefined) encodeAsGo(schema, object);
      description.defaults?.(typed(object));
    },
    prepareForStorage(object) {
      const { schema } = definition();
      if (schema !== undefined) forgetEmptyLists(schema, object);
    },
    prepareForCreate(object, context) {
      if (status === 'cleared') delete object.status;
      description.prepareForCreate?.(typed(object), context);
      // What was cleared comes back as Go's zero value: `status: {}` for some kinds, nothing for others.
      const { schema } = definition();
      if (schema !== undefined) encodeAsGo(schema, object);
    },
    prepareForUpdate(object, stored, context) {
      if (status !== undefined) replaceStatus(object, stored);
      description.prepareForUpdate?.(typed(object), typed(stored), context);
    },
    prepareForDelete(object, context) {
      description.prepareForDelete?.(typed(object), context);
    },
    validate: (object, context) => description.validate?.(typed(object), context) ?? [],
    validateUpdate: (object, stored, context) => [
      ...(description.validatesMetadataAgain ? validateObjectMeta(object, definition()) : []),
      ...(description.validateUpdate?.(typed(object), typed(stored), context) ?? []),
    ],
    hasGeneration: description.hasGeneration ?? false,
    createOnUpdate: description.createOnUpdate ?? false,
    unconditionalUpdate: description.unconditionalUpdate ?? true,
    warnings: (object, stored) =>
      description.warnings?.(typed(object), stored === undefined ? undefined : typed(stored)) ?? [],
    ...(admit && { admit }),
    ...(validateName && { validateName }),
    ...(defaultPropagation && { defaultPropagation }),
    ...(defaultPropagationWarning && { defaultPropagationWarning }),
    ...(returnsDeletedObject && { returnsDeletedObject }),
    ...(bumpsGeneration && {
      bumpsGeneration: (object: Read, stored: Read) => bumpsGeneration(typed(object), typed(stored)),
    }),
    ...(isHeld && { isHeld: (object: Read) => isHeld(typed(object)) }),
    ...(gracePeriodSeconds && { gracePeriodSeconds: (object: Read) => gracePeriodSeconds(typed(object)) }),
  };
}

type Read = DeepReadonly<KubeObject>;

/** The one place where an object is taken for what its kind says: decoding has checked it. */
function typed<T>(object: unknown): T {
  return object as T;
}

function replaceStatus(object: KubeObject, stored: DeepReadonly<KubeObject>): void {
  if (stored.status === undefined) delete object.status;
  else object.status = stored.status;
}

/** Takes the status and metadata that were sent; everything else stays as it is stored. */
function statusView<T extends object>(description: KindDescription<T>): Subresource {
  const { statusKeepsLabels, validateStatus, statusWarnings } = description;
  return {
    kind: 'view',
    verbs: VIEW_VERBS,
    merge(stored, sent) {
      const metadata = { ...sent.metadata } as ObjectMeta;
      if (statusKeepsLabels) {
        if (stored.metadata.labels === undefined) delete metadata.labels;
        else metadata.labels = { ...stored.metadata.labels };
      }
      const merged = { ...stored, metadata } as KubeObject;
      if (sent.status === undefined) delete merged.status;
      else merged.status = sent.status;
      description.mergeStatus?.(typed(merged), typed(stored));
      return merged;
    },
    validateUpdate: (object, stored) => validateStatus?.(typed(object), typed(stored)) ?? [],
    ...(statusWarnings && { warnings: (object: Read) => statusWarnings(typed(object)) }),
  };
}
