import type { V1Namespace } from '@kubernetes/client-node';
import type { KubeObject, ObjectMeta } from '../../../../../apis/meta/v1.ts';
import { columnsOf } from '../../columns/column.ts';
import { invalid, invalidFor } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import type { Subresource } from '../../resources/resource-definition.ts';
import { isQualifiedName } from '../../validation/names.ts';
import { nameIsDnsLabel } from '../../validation/object-meta.ts';
import { builtInKind, type Typed } from '../built-in-kind.ts';

const NAME_LABEL = 'kubernetes.io/metadata.name';
const FINALIZER = 'kubernetes';

/** What deletes a namespace's contents takes `kubernetes` from spec.finalizers here; nobody else can. */
const finalize: Subresource = {
  kind: 'view',
  verbs: ['update'],
  validateUpdate: (object) =>
    finalizerErrors((object as Typed<V1Namespace>).spec?.finalizers, (index) => `spec.finalizers[${index}]`),
  merge: (stored, sent) => ({ ...(stored as KubeObject), metadata: sent.metadata as ObjectMeta, spec: sent.spec }),
};

export const namespaces = builtInKind<V1Namespace>({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  namespaced: false,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  validateName: nameIsDnsLabel,
  status: 'kept',
  subresources: { finalize },
  selectableFields: { 'status.phase': ({ status }) => status?.phase ?? '' },
  columns: columnsOf<V1Namespace>('v1/Namespace', { Status: ({ status }) => status?.phase ?? '' }),
  defaults(object) {
    object.status ??= {};
    object.status.phase ??= 'Active';
    labelWithName(object);
  },
  prepareForCreate(object) {
    object.status = { phase: 'Active' };
    const finalizers = object.spec?.finalizers ?? [];
    object.spec = {
      ...object.spec,
      finalizers: finalizers.includes(FINALIZER) ? finalizers : [...finalizers, FINALIZER],
    };
    labelWithName(object);
  },
  // spec.finalizers keep it until its contents are gone.
  isHeld: ({ spec }) => (spec?.finalizers ?? []).length > 0,
  returnsDeletedObject: true,
  prepareForDelete(object) {
    object.status = { ...object.status, phase: 'Terminating' };
  },
  prepareForUpdate(object, stored) {
    object.spec = { ...object.spec };
    if (stored.spec?.finalizers === undefined) delete object.spec.finalizers;
    else object.spec.finalizers = [...stored.spec.finalizers];
  },
  validatesMetadataAgain: true,
  validateStatus({ metadata, status }) {
    const wanted = metadata.deletionTimestamp === undefined ? 'Active' : 'Terminating';
    if (status?.phase === wanted) return [];
    const when = wanted === 'Active' ? 'empty' : 'not empty';
    return [
      invalid('status.Phase', status?.phase ?? '', `may only be '${wanted}' if \`deletionTimestamp\` is ${when}`),
    ];
  },
  validate: ({ spec }) => finalizerErrors(spec?.finalizers),
});

function labelWithName({ metadata }: Typed<V1Namespace>): void {
  if (metadata.name) metadata.labels = { ...metadata.labels, [NAME_LABEL]: metadata.name };
}

/** Kubernetes names their places where they are replaced, and only the list where they are created. */
function finalizerErrors(
  finalizers: readonly string[] = [],
  pathOf: (index: number) => string = () => 'spec.finalizers',
): FieldError[] {
  return finalizers.flatMap((finalizer, index) => {
    const path = pathOf(index);
    const errors = invalidFor(path, finalizer, isQualifiedName(finalizer));
    if (finalizer.includes('/') || ['kubernetes', 'orphan', 'foregroundDeletion'].includes(finalizer)) return errors;
    const why = 'name is neither a standard finalizer name nor is it fully qualified';
    return [...errors, invalid(path, finalizer, why)];
  });
}
