import type { V1StorageClass } from '@kubernetes/client-node';
import type { KubeObject } from '../../../../../apis/meta/v1.ts';
import { builtInKind, type Typed } from '../built-in-kind.ts';
import { type Cell, columnsOf, nameOrDefault } from '../columns/column.ts';

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
});
