import type { V1StorageClass } from '@kubernetes/client-node';
import type { DeepReadonly, KubeObject } from '../../../../../apis/meta/v1.ts';
import { type Cell, columnsOf, nameOrDefault } from '../../columns/column.ts';
import { notSupported, required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { validateQualifiedName } from '../../validation/fields.ts';
import { immutable } from '../../validation/immutable.ts';
import { storageClassWarnings } from '../../warnings/cluster-warnings.ts';
import { builtInKind, type Typed } from '../built-in-kind.ts';

export const storageClasses = builtInKind<V1StorageClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  shortNames: ['sc'],
  namespaced: false,
  returnsDeletedObject: true,
  validatesMetadataAgain: true,
  columns: columnsOf<Typed<V1StorageClass>>('storage.k8s.io/v1/StorageClass', {
    Name: nameOrDefault('storageclass.kubernetes.io/is-default-class') as Cell<KubeObject> as Cell<
      Typed<V1StorageClass>
    >,
    Provisioner: ({ provisioner }) => provisioner,
    ReclaimPolicy: ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete',
    VolumeBindingMode: ({ volumeBindingMode }) => volumeBindingMode ?? 'Immediate',
    AllowVolumeExpansion: ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false,
  }),
  defaults(storageClass) {
    storageClass.reclaimPolicy ??= 'Delete';
    storageClass.volumeBindingMode ??= 'Immediate';
  },
  validate,
  warnings: storageClassWarnings,
  validateUpdate: (object, stored) => [
    ...validate(object),
    ...(['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'] as const).flatMap((field) =>
      immutable(field, object[field] ?? null, stored[field]),
    ),
  ],
});

function validate({
  provisioner,
  reclaimPolicy,
  volumeBindingMode,
}: DeepReadonly<Typed<V1StorageClass>>): FieldError[] {
  const policies = ['Delete', 'Retain'];
  const modes = ['Immediate', 'WaitForFirstConsumer'];
  return [
    ...(provisioner ? validateQualifiedName(provisioner.toLowerCase(), 'provisioner') : [required('provisioner')]),
    ...(reclaimPolicy && !policies.includes(reclaimPolicy)
      ? [notSupported('reclaimPolicy', reclaimPolicy, policies)]
      : []),
    ...(modes.includes(volumeBindingMode ?? '') ? [] : [notSupported('volumeBindingMode', volumeBindingMode, modes)]),
  ];
}
