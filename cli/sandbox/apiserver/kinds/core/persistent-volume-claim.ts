import type { V1PersistentVolumeClaim } from '@kubernetes/client-node';
import { columnsOf } from '../../columns/column.ts';
import { claimWarnings } from '../../warnings/cluster-warnings.ts';
import { builtInKind, type Typed } from '../built-in-kind.ts';
import { defaultClaimSpec } from '../pods/pod-spec-defaults.ts';
import { validateClaim, validateClaimUpdate } from './claim-validation.ts';
import { accessModesText, STORAGE_CLASS_ANNOTATION } from './volume-cells.ts';

export const persistentVolumeClaims = builtInKind<V1PersistentVolumeClaim>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  shortNames: ['pvc'],
  namespaced: true,
  returnsDeletedObject: true,
  status: 'cleared',
  columns: columnsOf<Typed<V1PersistentVolumeClaim>>('v1/PersistentVolumeClaim', {
    Status: ({ metadata, status }) => (metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? '')),
    Volume: ({ spec }) => spec?.volumeName ?? '',
    Capacity: ({ spec, status }) => (spec?.volumeName ? (status?.capacity?.storage ?? '0') : ''),
    'Access Modes': ({ spec, status }) => (spec?.volumeName ? accessModesText(status?.accessModes) : ''),
    StorageClass: ({ metadata, spec }) =>
      metadata.annotations?.[STORAGE_CLASS_ANNOTATION] ?? spec?.storageClassName ?? '',
    VolumeAttributesClass: ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>',
    VolumeMode: ({ spec }) => spec?.volumeMode ?? '<unset>',
  }),
  defaults(claim) {
    claim.status ??= {};
    claim.status.phase ??= 'Pending';
    if (claim.spec) defaultClaimSpec(claim.spec);
  },
  prepareForCreate(claim) {
    claim.status = { phase: 'Pending' };
    // Old and new way to say from what a volume is filled: each shows the other.
    const { spec } = claim;
    if (spec?.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource };
    else if (spec?.dataSourceRef && !spec.dataSource && !spec.dataSourceRef.namespace) {
      const { apiGroup, kind, name } = spec.dataSourceRef;
      spec.dataSource = { ...(apiGroup === undefined ? {} : { apiGroup }), kind, name };
    }
  },
  validatesMetadataAgain: true,
  validate: validateClaim,
  validateUpdate: validateClaimUpdate,
  warnings: claimWarnings,
});
