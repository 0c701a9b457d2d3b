import type { V1Deployment } from '@kubernetes/client-node';
import { containerImages, containerNames, formatSelector } from '../../columns/cells.ts';
import { columnsOf } from '../../columns/column.ts';
import { semanticallyEqual } from '../../validation/immutable.ts';
import { workloadWarnings } from '../../warnings/workload-warnings.ts';
import { scale } from '../autoscaling/scale.ts';
import { builtInKind } from '../built-in-kind.ts';
import { defaultPodSpec } from '../pods/pod-spec-defaults.ts';
import { replicaCounts } from './replica-counts.ts';
import { validateDeployment, validateDeploymentUpdate } from './workload-validation.ts';

export const deployments = builtInKind<V1Deployment>({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  hasGeneration: true,
  // Annotations go on to ReplicaSets.
  bumpsGeneration: (object, stored) => !semanticallyEqual(object.metadata.annotations, stored.metadata.annotations),
  defaultPropagation: 'Background',
  status: 'cleared',
  fieldAnnotations: ['deprecated.deployment.rollback.to'],
  subresources: { scale },
  statusKeepsLabels: true,
  columns: columnsOf<V1Deployment>('apps/v1/Deployment', {
    Ready: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    'Up-to-date': ({ status }) => status?.updatedReplicas ?? 0,
    Available: ({ status }) => status?.availableReplicas ?? 0,
    Containers: ({ spec }) => containerNames(spec?.template.spec?.containers),
    Images: ({ spec }) => containerImages(spec?.template.spec?.containers),
    Selector: ({ spec }) => formatSelector(spec?.selector),
  }),
  defaults({ spec }) {
    if (spec === undefined) return;
    spec.replicas ??= 1;
    spec.strategy ??= {};
    spec.strategy.type ||= 'RollingUpdate';
    if (spec.strategy.type === 'RollingUpdate') {
      spec.strategy.rollingUpdate = { maxUnavailable: '25%', maxSurge: '25%', ...spec.strategy.rollingUpdate };
    }
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    if (spec.template.spec) defaultPodSpec(spec.template.spec);
  },
  validate: validateDeployment,
  validateStatus: replicaCounts(
    [
      'observedGeneration',
      'replicas',
      'updatedReplicas',
      'readyReplicas',
      'availableReplicas',
      'unavailableReplicas',
      'terminatingReplicas',
      'collisionCount',
    ],
    ['updatedReplicas', 'readyReplicas', 'availableReplicas'],
  ),
  validateUpdate: validateDeploymentUpdate,
  warnings: workloadWarnings,
});
