import type { DeepReadonly, ObjectMeta } from '../../../../apis/meta/v1.ts';
import type { FieldError } from '../errors/status-error.ts';
import type { WriteContext } from '../resources/resource-definition.ts';
import { asCrd, asReadonlyCrd } from './crd.ts';
import { prepareCrdForCreate, prepareCrdForDelete, prepareCrdForUpdate, setCrdDefaults } from './crd-defaults.ts';
import { crdWarnings } from './crd-warnings.ts';
import { validateCrd, validateCrdUpdate } from './validate-crd.ts';

interface Meta {
  metadata: ObjectMeta;
}
type ReadonlyMeta = DeepReadonly<Meta>;

/** What is particular to CustomResourceDefinitions themselves: for the description of the kind. */
export const crdStrategy = {
  defaults: (object: Meta) => setCrdDefaults(asCrd(object)),
  prepareForCreate: (object: Meta) => prepareCrdForCreate(asCrd(object)),
  prepareForUpdate: (object: Meta, stored: ReadonlyMeta) => prepareCrdForUpdate(asCrd(object), asReadonlyCrd(stored)),
  prepareForDelete(object: Meta, { now, storage }: WriteContext) {
    const stored = storage.get('customresourcedefinitions.apiextensions.k8s.io', '', object.metadata.name ?? '');
    prepareCrdForDelete(asCrd(object), stored?.object.metadata.generation, now);
  },
  /** The first request to delete it only begins; from then on its finalizer keeps it. */
  isHeld: (object: ReadonlyMeta): boolean => object.metadata.deletionTimestamp === undefined,
  validate: (object: ReadonlyMeta): readonly FieldError[] => validateCrd(asReadonlyCrd(object)),
  validateUpdate: (object: ReadonlyMeta, stored: ReadonlyMeta): readonly FieldError[] =>
    validateCrdUpdate(asReadonlyCrd(object), asReadonlyCrd(stored)),
  warnings: (object: ReadonlyMeta, stored: ReadonlyMeta | undefined): readonly string[] =>
    crdWarnings(asReadonlyCrd(object), stored === undefined ? undefined : asReadonlyCrd(stored)),
};
