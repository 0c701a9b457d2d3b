import type { V1ReplicaSet } from '@kubernetes/client-node';
import { containerImages, containerNames, formatSelector } from '../../columns/cells.ts';
import { columnsOf } from '../../columns/column.ts';
import { workloadWarnings } from '../../warnings/workload-warnings.ts';
import { scale } from '../autoscaling/scale.ts';
import { builtInKind } from '../built-in-kind.ts';
import { defaultPodSpec } from '../pods/pod-spec-defaults.ts';
import { replicaCounts } from './replica-counts.ts';
import { validateReplicaSet, validateReplicaSetUpdate } from './workload-validation.ts';

export const replicaSets = builtInKind<V1ReplicaSet>({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
  hasGeneration: true,
  defaultPropagation: 'Background',
  status: 'cleared',
  subresources: { scale },
  columns: columnsOf<V1ReplicaSet>('apps/v1/ReplicaSet', {
    Desired: ({ spec }) => spec?.replicas ?? 0,
    Current: ({ status }) => status?.replicas ?? 0,
    Ready: ({ status }) => status?.readyReplicas ?? 0,
    Containers: ({ spec }) => containerNames(spec?.template?.spec?.containers),
    Images: ({ spec }) => containerImages(spec?.template?.spec?.containers),
    Selector: ({ spec }) => formatSelector(spec?.selector),
  }),
  defaults({ spec }) {
    if (spec === undefined) return;
    spec.replicas ??= 1;
    if (spec.template?.spec) defaultPodSpec(spec.template.spec);
  },
  validate: validateReplicaSet,
  validateStatus: replicaCounts(
    [
      'replicas',
      'fullyLabeledReplicas',
      'readyReplicas',
      'availableReplicas',
      'observedGeneration',
      'terminatingReplicas',
    ],
    ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'],
  ),
  validateUpdate: validateReplicaSetUpdate,
  warnings: workloadWarnings,
});
