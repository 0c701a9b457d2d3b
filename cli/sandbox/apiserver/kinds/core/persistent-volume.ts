import type { V1PersistentVolume } from '@kubernetes/client-node';
import { rfc3339 } from '../../../../../controller/time/rfc3339.ts';
import { columnsOf } from '../../columns/column.ts';
import { volumeWarnings } from '../../warnings/cluster-warnings.ts';
import { builtInKind, type Typed } from '../built-in-kind.ts';
import { accessModesText, STORAGE_CLASS_ANNOTATION } from './volume-cells.ts';
import { validateVolume, validateVolumeUpdate } from './volume-validation.ts';

export const persistentVolumes = builtInKind<V1PersistentVolume>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  shortNames: ['pv'],
  namespaced: false,
  returnsDeletedObject: true,
  status: 'cleared',
  validatesMetadataAgain: true,
  columns: columnsOf<Typed<V1PersistentVolume>>('v1/PersistentVolume', {
    Capacity: ({ spec }) => spec?.capacity?.storage ?? '0',
    'Access Modes': ({ spec }) => accessModesText(spec?.accessModes),
    'Reclaim Policy': ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? '',
    Status: ({ metadata, status }) => (metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? '')),
    Claim: ({ spec }) => (spec?.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : ''),
    StorageClass: ({ metadata, spec }) =>
      metadata.annotations?.[STORAGE_CLASS_ANNOTATION] ?? spec?.storageClassName ?? '',
    VolumeAttributesClass: ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>',
    Reason: ({ status }) => status?.reason ?? '',
    VolumeMode: ({ spec }) => spec?.volumeMode ?? '<unset>',
  }),
  defaults(volume) {
    volume.status ??= {};
    volume.status.phase ??= 'Pending';
    if (volume.spec === undefined) return;
    volume.spec.persistentVolumeReclaimPolicy ??= 'Retain';
    volume.spec.volumeMode ??= 'Filesystem';
    if (volume.spec.hostPath) volume.spec.hostPath.type ??= '';
  },
  prepareForCreate(volume, { now }) {
    volume.status = { phase: 'Pending' };
    Object.assign(volume.status, { lastPhaseTransitionTime: rfc3339(now) });
  },
  validate: validateVolume,
  validateUpdate: validateVolumeUpdate,
  warnings: volumeWarnings,
});
