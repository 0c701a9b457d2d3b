import type {
  V1Node,
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1Pod,
  V1ResourceQuota,
  V1ServiceAccount,
  V1StorageClass,
} from '@kubernetes/client-node';
import { quantityOf } from '../encoding/quantity.ts';
import { addressWarnings, rangeWarnings } from './address-warnings.ts';
import { claimSpecWarnings } from './amount-warnings.ts';
import { deprecatedNodeLabel, nodeSelectorTermWarnings } from './node-label-warnings.ts';
import type { Written } from './written.ts';

const CLASS = 'volume.beta.kubernetes.io/storage-class';
const VOLUME_ANNOTATIONS = [
  [CLASS, 'deprecated since v1.8; use "storageClassName" attribute instead'],
  ['volume.beta.kubernetes.io/mount-options', 'deprecated since v1.31; use "mountOptions" attribute instead'],
] as const;
const RECYCLES =
  'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.';
const VOLUME_TYPES = [
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+', 'cephfs'],
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+', 'photonPersistentDisk'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+', 'scaleIO'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+', 'storageOS'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+', 'glusterfs'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+', 'rbd'],
] as const;
const MOUNTABLE = 'kubernetes.io/enforce-mountable-secrets';
const RESERVED = '.static.k8s.io';

export function volumeWarnings({ metadata, spec }: Written<V1PersistentVolume>): string[] {
  return [
    ...VOLUME_ANNOTATIONS.flatMap(([key, why]) =>
      metadata.annotations?.[key] === undefined ? [] : [`metadata.annotations[${key}]: ${why}`],
    ),
    ...(spec?.persistentVolumeReclaimPolicy === 'Recycle' ? [RECYCLES] : []),
    ...(spec?.nodeAffinity?.required?.nodeSelectorTerms ?? []).flatMap((term, i) =>
      nodeSelectorTermWarnings(term, `spec.nodeAffinity.required.nodeSelectorTerms[${i}]`),
    ),
    ...VOLUME_TYPES.flatMap(([field, why, shown]) => (spec?.[field] ? [`spec.${shown}: ${why}`] : [])),
  ];
}

export function claimWarnings({ metadata, spec }: Written<V1PersistentVolumeClaim>): string[] {
  const [[key, why]] = VOLUME_ANNOTATIONS;
  return [
    ...(metadata.annotations?.[key] === undefined ? [] : [`metadata.annotations[${key}]: ${why}`]),
    ...claimSpecWarnings(spec, 'spec'),
  ];
}

export function storageClassWarnings({ allowedTopologies }: Written<V1StorageClass>): string[] {
  return (allowedTopologies ?? []).flatMap(({ matchLabelExpressions }, i) =>
    (matchLabelExpressions ?? []).flatMap(({ key }, j) => {
      const why = deprecatedNodeLabel(key);
      return why === undefined ? [] : [`allowedTopologies[${i}].matchLabelExpressions[${j}].key: ${why}`];
    }),
  );
}

export function nodeWarnings({ spec }: Written<V1Node>): string[] {
  return [
    ...(spec?.configSource ? ['spec.configSource: the feature is removed'] : []),
    ...(spec?.externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
    ...(spec?.podCIDRs ?? []).flatMap((range, i) => rangeWarnings(`spec.podCIDRs[${i}]`, range)),
  ];
}

/** Of a written status. */
export function podAddressWarnings({ status }: Written<V1Pod>): string[] {
  return (['podIPs', 'hostIPs'] as const).flatMap((field) =>
    (status?.[field] ?? []).flatMap(({ ip }, i) => addressWarnings(`status.${field}[${i}].ip`, ip)),
  );
}

/** Of a new one only: what may be asked for is more than what may be used. */
export function quotaWarnings({ spec }: Written<V1ResourceQuota>, stored: unknown): string[] {
  if (stored !== undefined) return [];
  const hard = spec?.hard ?? {};
  return ['cpu', 'memory', 'storage', 'ephemeral-storage'].flatMap((resource) => {
    const isBare = hard[`requests.${resource}`] === undefined && (resource === 'cpu' || resource === 'memory');
    const name = isBare ? resource : `requests.${resource}`;
    const [request, limit] = [hard[name], hard[`limits.${resource}`]];
    if (request === undefined || limit === undefined || quantityOf(request).nano <= quantityOf(limit).nano) return [];
    return [`ResourceQuota ${name} (${request}) should be less than limits.${resource} (${limit})`];
  });
}

/** Of who says so now. */
export function serviceAccountWarnings(
  { metadata }: Written<V1ServiceAccount>,
  stored: Written<V1ServiceAccount> | undefined,
): string[] {
  if (stored?.metadata.annotations?.[MOUNTABLE] !== undefined) return [];
  if (metadata.annotations?.[MOUNTABLE] === undefined) return [];
  const why = 'deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets';
  return [`metadata.annotations[${MOUNTABLE}]: ${why}`];
}

export function webhookConfigurationWarnings({ metadata }: Written<object>): string[] {
  if (metadata.name?.endsWith(RESERVED) !== true) return [];
  const why = 'are reserved for static manifest-based configurations and cannot be managed via the API';
  return [`metadata.name: names ending with "${RESERVED}" ${why}`];
}
