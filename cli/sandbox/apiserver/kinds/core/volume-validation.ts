import type { V1PersistentVolume } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { quantityOf } from '../../encoding/quantity.ts';
import { forbiddenField, invalid, notSupported, required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { immutable } from '../../validation/immutable.ts';
import type { Typed } from '../built-in-kind.ts';
import { ACCESS_MODES } from './claim-validation.ts';

type Volume = DeepReadonly<Typed<V1PersistentVolume>>;

const RECLAIM = ['Delete', 'Recycle', 'Retain'];
const NO_SOURCES = new Set([
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
  'volumeMode',
]);

export function validateVolume({ spec = {} }: Volume): FieldError[] {
  const { accessModes = [], capacity = {}, persistentVolumeReclaimPolicy: reclaim } = spec;
  const errors = accessModes.length === 0 ? [required('spec.accessModes')] : [];
  for (const mode of accessModes) {
    if (!ACCESS_MODES.includes(mode)) errors.push(notSupported('spec.accessModes', mode, ACCESS_MODES));
  }
  const resources = Object.keys(capacity);
  if (resources.length === 0) errors.push(required('spec.capacity'));
  if (!('storage' in capacity) || resources.length > 1) {
    errors.push(notSupported('spec.capacity', resources.length === 0 ? null : capacity, ['storage']));
  }
  for (const [name, quantity] of Object.entries(capacity)) {
    if (quantityOf(quantity).nano > 0n) continue;
    errors.push(invalid(`spec.capacity[${name}]`, quantity, 'must be greater than zero'));
  }
  if (reclaim !== undefined && !RECLAIM.includes(reclaim)) {
    errors.push(notSupported('spec.persistentVolumeReclaimPolicy', reclaim, RECLAIM));
  }
  const sources = Object.keys(spec).filter((field) => !NO_SOURCES.has(field));
  for (const source of sources.slice(1)) {
    errors.push(forbiddenField(`spec.${source}`, 'may not specify more than 1 volume type'));
  }
  if (spec.hostPath && !spec.hostPath.path) errors.push(required('spec.hostPath.path'));
  if (sources.length === 0) errors.push(required('spec', 'must specify a volume type'));
  return errors;
}

export function validateVolumeUpdate(volume: Volume, stored: Volume): FieldError[] {
  return [
    ...validateVolume(volume),
    ...immutable('volumeMode', volume.spec?.volumeMode ?? null, stored.spec?.volumeMode),
  ];
}
