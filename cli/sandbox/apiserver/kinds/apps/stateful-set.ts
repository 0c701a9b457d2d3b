import type { V1StatefulSet } from '@kubernetes/client-node';
import { containerImages, containerNames } from '../../columns/cells.ts';
import { columnsOf } from '../../columns/column.ts';
import { nameIsDnsLabel } from '../../validation/object-meta.ts';
import { statefulSetWarnings } from '../../warnings/workload-warnings.ts';
import { scale } from '../autoscaling/scale.ts';
import { builtInKind } from '../built-in-kind.ts';
import { defaultClaimSpec, defaultPodSpec } from '../pods/pod-spec-defaults.ts';
import { replicaCounts } from './replica-counts.ts';
import { validateStatefulSet, validateStatefulSetUpdate } from './workload-validation.ts';

export const statefulSets = builtInKind<V1StatefulSet>({
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  shortNames: ['sts'],
  categories: ['all'],
  namespaced: true,
  hasGeneration: true,
  defaultPropagation: 'Background',
  status: 'cleared',
  subresources: { scale },
  columns: columnsOf<V1StatefulSet>('apps/v1/StatefulSet', {
    Ready: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    Containers: ({ spec }) => containerNames(spec?.template.spec?.containers),
    Images: ({ spec }) => containerImages(spec?.template.spec?.containers),
  }),
  defaults({ spec }) {
    if (spec === undefined) return;
    spec.podManagementPolicy ??= 'OrderedReady';
    spec.updateStrategy ??= {};
    const strategy = spec.updateStrategy;
    if (!strategy.type) {
      strategy.type = 'RollingUpdate';
      strategy.rollingUpdate ??= {};
    }
    if (strategy.type === 'RollingUpdate' && strategy.rollingUpdate) strategy.rollingUpdate.partition ??= 0;
    spec.persistentVolumeClaimRetentionPolicy ??= {};
    spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain';
    spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain';
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    if (spec.template.spec) defaultPodSpec(spec.template.spec);
    for (const claim of spec.volumeClaimTemplates ?? []) {
      claim.apiVersion ??= 'v1';
      claim.kind ??= 'PersistentVolumeClaim';
      if (claim.spec) defaultClaimSpec(claim.spec);
      claim.status ??= {};
      claim.status.phase ??= 'Pending';
    }
  },
  validateName: nameIsDnsLabel,
  validate: validateStatefulSet,
  validateStatus: replicaCounts(
    [
      'replicas',
      'readyReplicas',
      'currentReplicas',
      'updatedReplicas',
      'availableReplicas',
      'observedGeneration',
      'collisionCount',
    ],
    ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'],
    'status.readyReplicas',
  ),
  validateUpdate: validateStatefulSetUpdate,
  warnings: statefulSetWarnings,
});
