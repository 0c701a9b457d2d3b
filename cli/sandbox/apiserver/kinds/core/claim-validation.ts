import type { V1PersistentVolumeClaim } from '@kubernetes/client-node';
import type { DeepReadonly, LabelSelector } from '../../../../../apis/meta/v1.ts';
import { internalClaimSpec } from '../../encoding/internal-form.ts';
import { quantityOf } from '../../encoding/quantity.ts';
import { forbiddenField, invalid, notSupported, required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { jsonDiff } from '../../errors/unified-diff.ts';
import { validateDnsSubdomain } from '../../validation/fields.ts';
import { immutable, semanticallyEqual } from '../../validation/immutable.ts';
import { validateLabelSelector } from '../../validation/labels.ts';
import type { Typed } from '../built-in-kind.ts';

type Claim = DeepReadonly<Typed<V1PersistentVolumeClaim>>;

export const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const EXCLUSIVE = 'ReadWriteOncePod';

export function validateClaim({ spec }: Claim): FieldError[] {
  const modes = spec?.accessModes ?? [];
  const path = 'spec.accessModes';
  const errors = modes.length === 0 ? [required(path, 'at least 1 access mode is required')] : [];
  errors.push(...validateLabelSelector(spec?.selector as DeepReadonly<LabelSelector> | undefined, 'spec.selector'));
  for (const mode of modes) if (!ACCESS_MODES.includes(mode)) errors.push(notSupported(path, mode, ACCESS_MODES));
  const others = modes.filter((mode) => mode !== EXCLUSIVE && ACCESS_MODES.includes(mode));
  if (modes.includes(EXCLUSIVE) && others.length > 0) {
    errors.push(forbiddenField(path, 'may not use ReadWriteOncePod with other access modes'));
  }
  const size = spec?.resources?.requests?.storage;
  const sizePath = 'spec.resources[storage]';
  if (size === undefined) errors.push(required(sizePath));
  else if (quantityOf(size).nano <= 0n) errors.push(invalid(sizePath, size, 'must be greater than zero'));
  if (spec?.storageClassName) errors.push(...validateDnsSubdomain(spec.storageClassName, 'spec.storageClassName'));
  const volumeModes = ['Block', 'Filesystem'];
  if (spec?.volumeMode !== undefined && !volumeModes.includes(spec.volumeMode)) {
    errors.push(notSupported('spec.volumeMode', spec.volumeMode, volumeModes));
  }
  return errors;
}

/** Of a claim that is bound the size may grow; the volume's name may be filled in; nothing else changes. */
export function validateClaimUpdate(claim: Claim, stored: Claim): FieldError[] {
  const isBound = claim.status?.phase === 'Bound';
  const old = stored.spec;
  const kept = {
    ...(old?.volumeName ? {} : { volumeName: old?.volumeName }),
    ...(isBound ? { resources: old?.resources, volumeAttributesClassName: old?.volumeAttributesClassName } : {}),
    ...(old?.storageClassName === undefined ? { storageClassName: undefined } : {}),
  };
  const errors = validateClaim(claim);
  if (!semanticallyEqual({ ...claim.spec, ...kept }, old)) {
    const why =
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    const diff = jsonDiff(internalClaimSpec({ ...old }), internalClaimSpec({ ...claim.spec, ...kept }));
    errors.push(forbiddenField('spec', `${why}\n${diff}`));
  }
  const size = quantityOf(claim.spec?.resources?.requests?.storage).nano;
  const before = quantityOf(old?.resources?.requests?.storage).nano;
  if (size < before && size <= quantityOf(stored.status?.capacity?.storage).nano) {
    const path = 'spec.resources.requests.storage';
    errors.push(forbiddenField(path, 'field can not be less than status.capacity'));
  }
  errors.push(...immutable('volumeMode', claim.spec?.volumeMode ?? null, old?.volumeMode));
  return errors;
}
