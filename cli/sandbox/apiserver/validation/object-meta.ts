import type {
  DeepReadonly,
  KubeObject,
  ManagedFieldsEntry,
  ObjectMeta,
  OwnerReference,
} from '../../../../apis/meta/v1.ts';
import { forbiddenField, invalid, invalidFor, required, tooLong } from '../errors/field-errors.ts';
import { GoStruct, goQuote } from '../errors/go-text.ts';
import type { FieldError } from '../errors/status-error.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { immutable } from './immutable.ts';
import { validateLabels } from './labels.ts';
import { isDns1123Label, isDns1123Subdomain, isQualifiedName } from './names.ts';

type Meta = DeepReadonly<ObjectMeta>;

const ANNOTATIONS_LIMIT = 256 * 1024;
const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';
const STANDARD_FINALIZERS = new Set(['kubernetes', ORPHAN, FOREGROUND]);

/** What is wrong with the metadata of an object that is to be created, of whatever kind (`ValidateObjectMeta`). */
export function validateObjectMeta(object: DeepReadonly<KubeObject>, definition: ResourceDefinition): FieldError[] {
  const { metadata } = object;
  return [
    ...validateName(metadata, definition),
    ...validateAllButName(metadata, definition),
    ...(takesAnyFinalizer(definition) ? [] : validateFinalizersOfKubernetes(metadata.finalizers ?? [])),
  ];
}

/**
 * What may not change in the metadata of an object that is stored, and what is wrong with the new one. Kubernetes looks several
 * times, once for all kinds (`rest.BeforeUpdate`) and once for each, and reports what it finds each time.
 */
export function validateObjectMetaUpdate(
  object: DeepReadonly<KubeObject>,
  stored: DeepReadonly<KubeObject>,
  definition: ResourceDefinition,
): FieldError[] {
  const changes = validateChanges(object.metadata, stored.metadata);
  return [
    ...validateAllButName(object.metadata, definition),
    ...changes,
    ...changes,
    ...(takesAnyFinalizer(definition) ? [] : validateFinalizersOfKubernetes(object.metadata.finalizers ?? [])),
  ];
}

function validateAllButName(metadata: Meta, { namespaced }: ResourceDefinition): FieldError[] {
  return [
    ...validateNamespace(metadata, namespaced),
    ...((metadata.generation ?? 0) < 0
      ? [invalid('metadata.generation', metadata.generation, 'must be greater than or equal to 0')]
      : []),
    ...validateLabels(metadata.labels, 'metadata.labels'),
    ...validateAnnotations(metadata.annotations, 'metadata.annotations'),
    ...validateOwnerReferences(metadata.ownerReferences ?? []),
    ...validateFinalizers(metadata.finalizers ?? []),
    ...validateManagedFields(metadata.managedFields ?? []),
  ];
}

/** `ValidateObjectMetaUpdate` */
function validateChanges(metadata: Meta, old: Meta): FieldError[] {
  return [
    ...(old.deletionTimestamp === undefined ? [] : validateNoNewFinalizers(metadata, old)),
    ...(metadata.resourceVersion ? [] : [invalid('metadata.resourceVersion', '', 'must be specified for an update')]),
    ...((metadata.generation ?? 0) < (old.generation ?? 0)
      ? [invalid('metadata.generation', metadata.generation ?? 0, 'must not be decremented')]
      : []),
    ...immutable('metadata.name', metadata.name ?? '', old.name ?? ''),
    ...immutable('metadata.namespace', metadata.namespace ?? '', old.namespace ?? ''),
    ...immutable('metadata.uid', metadata.uid ?? '', old.uid ?? ''),
    ...immutable('metadata.creationTimestamp', metadata.creationTimestamp ?? null, old.creationTimestamp ?? null),
    ...immutable('metadata.deletionTimestamp', metadata.deletionTimestamp ?? null, old.deletionTimestamp ?? null),
    ...immutable(
      'metadata.deletionGracePeriodSeconds',
      metadata.deletionGracePeriodSeconds ?? null,
      old.deletionGracePeriodSeconds ?? null,
    ),
    ...validateLabels(metadata.labels, 'metadata.labels'),
    ...validateAnnotations(metadata.annotations, 'metadata.annotations'),
    ...validateOwnerReferences(metadata.ownerReferences ?? []),
    ...validateManagedFields(metadata.managedFields ?? []),
  ];
}

function validateName({ name, generateName }: Meta, { strategy }: ResourceDefinition): FieldError[] {
  const rule = strategy.validateName ?? nameIsDnsSubdomain;
  return [
    ...(generateName ? invalidFor('metadata.generateName', generateName, rule(generateName, true)) : []),
    ...(name
      ? invalidFor('metadata.name', name, rule(name, false))
      : [required('metadata.name', 'name or generateName is required')]),
  ];
}

/** `ValidateNameFunc`s: a prefix may end with a dash, for more characters follow. */
export function nameIsDnsSubdomain(name: string, prefix: boolean): string[] {
  return isDns1123Subdomain(prefix ? withoutTrailingDash(name) : name);
}

export function nameIsDnsLabel(name: string, prefix: boolean): string[] {
  return isDns1123Label(prefix ? withoutTrailingDash(name) : name);
}

/** Kubernetes' own `maskTrailingDash`, which drops one character too many; for all that counts the answer is the same. */
export function withoutTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name;
}

function validateNamespace({ namespace }: Meta, namespaced: boolean): FieldError[] {
  if (!namespaced) return namespace ? [forbiddenField('metadata.namespace', 'not allowed on this type')] : [];
  if (!namespace) return [required('metadata.namespace')];
  return invalidFor('metadata.namespace', namespace, isDns1123Label(namespace));
}

export function validateAnnotations(annotations: Meta['annotations'] | null, path: string): FieldError[] {
  if (!annotations) return [];
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(annotations)) {
    const problems = isQualifiedName(key.toLowerCase());
    if (problems.length > 0) errors.push(...invalidFor(path, key, problems));
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > ANNOTATIONS_LIMIT) errors.push(tooLong(path, ANNOTATIONS_LIMIT));
  return errors;
}

function validateOwnerReferences(references: DeepReadonly<OwnerReference[]>): FieldError[] {
  const path = 'metadata.ownerReferences';
  const errors: FieldError[] = [];
  let controller = '';
  for (const reference of references) {
    const { apiVersion = '', kind = '', name = '', uid = '' } = reference;
    if (apiVersion === '' || apiVersion.endsWith('/')) {
      errors.push(invalid(`${path}.apiVersion`, apiVersion, 'version must not be empty'));
    }
    for (const [field, value] of Object.entries({ kind, name, uid })) {
      if (value === '') errors.push(invalid(`${path}.${field}`, value, 'must not be empty'));
    }
    if (apiVersion === 'v1' && kind === 'Event') {
      errors.push(
        invalid(path, new GoStruct(asGoShows(reference)), '/v1, Kind=Event is disallowed from being an owner'),
      );
    }
    if (reference.controller !== true) continue;
    const current = `${kind}/${name}`;
    if (controller === '') controller = current;
    else {
      const why = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${current}`;
      errors.push(invalid(path, new GoStruct(references.map(asGoShows)), why));
    }
  }
  return errors;
}

function asGoShows(reference: DeepReadonly<OwnerReference>): object {
  const { apiVersion = '', kind = '', name = '', uid = '', controller, blockOwnerDeletion } = reference;
  return { apiVersion, kind, name, uid, controller, blockOwnerDeletion };
}

function validateFinalizers(finalizers: readonly string[]): FieldError[] {
  const errors = finalizers.flatMap((finalizer) =>
    invalidFor('metadata.finalizers', finalizer, isQualifiedName(finalizer)),
  );
  if (finalizers.includes(ORPHAN) && finalizers.includes(FOREGROUND)) {
    const why = `finalizer ${ORPHAN} and ${FOREGROUND} cannot be both set`;
    errors.push(invalid('metadata.finalizers', finalizers, why));
  }
  return errors;
}

/** CRDs are built in, and yet of another API server: their own finalizer has no slash. */
function takesAnyFinalizer({ custom, group }: ResourceDefinition): boolean {
  return custom || group === 'apiextensions.k8s.io';
}

/** Built-in kinds want a domain before a finalizer's name, unless it is one of Kubernetes' own. */
function validateFinalizersOfKubernetes(finalizers: readonly string[]): FieldError[] {
  return finalizers.flatMap((finalizer, i) => {
    if (finalizer.includes('/') || STANDARD_FINALIZERS.has(finalizer)) return [];
    const why = 'name is neither a standard finalizer name nor is it fully qualified';
    return [invalid(`metadata.finalizers[${i}]`, finalizer, why)];
  });
}

function validateNoNewFinalizers({ finalizers = [] }: Meta, old: Meta): FieldError[] {
  const before = new Set(old.finalizers);
  const added = [...new Set(finalizers.filter((finalizer) => !before.has(finalizer)))].sort();
  if (added.length === 0) return [];
  const list = `[]string{${added.map(goQuote).join(', ')}}`;
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`;
  return [forbiddenField('metadata.finalizers', why)];
}

function validateManagedFields(entries: DeepReadonly<ManagedFieldsEntry[]>): FieldError[] {
  return entries.flatMap(({ operation = '', fieldsType, manager = '', subresource = '' }, i) => {
    const path = `metadata.managedFields[${i}]`;
    const errors: FieldError[] = [];
    if (operation !== 'Apply' && operation !== 'Update') {
      errors.push(invalid(`${path}.operation`, operation, 'must be `Apply` or `Update`'));
    }
    if (fieldsType && fieldsType !== 'FieldsV1') {
      errors.push(invalid(`${path}.fieldsType`, fieldsType, 'must be `FieldsV1`'));
    }
    errors.push(...validateFieldManager(manager, `${path}.manager`));
    if (Buffer.byteLength(subresource) > 256) errors.push(tooLong(`${path}.subresource`, 256));
    return errors;
  });
}

/** What nearly all are called. */
const PLAIN_MANAGER = /^[\x20-\x7e]{0,128}$/;

/** Of a request or an entry: at most 128 bytes, printable. */
export function validateFieldManager(manager: string, path: string): FieldError[] {
  if (PLAIN_MANAGER.test(manager)) return [];
  const errors = Buffer.byteLength(manager) > 128 ? [tooLong(path, 128)] : [];
  let position = 0;
  for (const character of manager) {
    if (/[\p{C}]|(?! )\p{Z}/u.test(character)) {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      errors.push(invalid(path, manager, `invalid character U+${code} (at position ${position})`));
    }
    position += Buffer.byteLength(character);
  }
  return errors;
}
