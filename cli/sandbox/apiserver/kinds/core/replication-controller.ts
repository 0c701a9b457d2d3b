import type { V1ReplicationController } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { containerImages, containerNames, formatLabels } from '../../columns/cells.ts';
import { columnsOf } from '../../columns/column.ts';
import { required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { nonNegative } from '../../validation/fields.ts';
import { replicationControllerWarnings } from '../../warnings/workload-warnings.ts';
import { replicaCounts } from '../apps/replica-counts.ts';
import { scale } from '../autoscaling/scale.ts';
import { builtInKind, type Typed } from '../built-in-kind.ts';
import { defaultPodSpec } from '../pods/pod-spec-defaults.ts';
import { validatePodTemplate, validateRunsForever, validateSelected } from '../pods/pod-template.ts';

export const replicationControllers = builtInKind<V1ReplicationController>({
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  shortNames: ['rc'],
  categories: ['all'],
  namespaced: true,
  hasGeneration: true,
  defaultPropagation: 'Orphan',
  status: 'cleared',
  subresources: { scale },
  selectableFields: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },
  columns: columnsOf<V1ReplicationController>('v1/ReplicationController', {
    Desired: ({ spec }) => spec?.replicas ?? 0,
    Current: ({ status }) => status?.replicas ?? 0,
    Ready: ({ status }) => status?.readyReplicas ?? 0,
    Containers: ({ spec }) => containerNames(spec?.template?.spec?.containers),
    Images: ({ spec }) => containerImages(spec?.template?.spec?.containers),
    Selector: ({ spec }) => formatLabels(spec?.selector),
  }),
  defaults({ metadata, spec }) {
    if (spec === undefined) return;
    const labels = spec.template?.metadata?.labels;
    if (labels !== undefined) {
      spec.selector ??= { ...labels };
      metadata.labels ??= { ...labels };
    }
    spec.replicas ??= 1;
    if (spec.template?.spec) defaultPodSpec(spec.template.spec);
  },
  validate,
  validateStatus: replicaCounts(
    ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration'],
    ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'],
  ),
  validateUpdate: validate,
  warnings: replicationControllerWarnings,
});

function validate({ spec }: DeepReadonly<Typed<V1ReplicationController>>): FieldError[] {
  const selector = spec?.selector ?? {};
  const isEmpty = Object.keys(selector).length === 0;
  const errors = [
    ...nonNegative(spec?.minReadySeconds, 'spec.minReadySeconds'),
    ...(isEmpty ? [required('spec.selector')] : []),
    ...nonNegative(spec?.replicas, 'spec.replicas'),
  ];
  const path = 'spec.template';
  if (spec?.template === undefined) return [...errors, required(path)];
  return [
    ...errors,
    ...(isEmpty ? [] : validateSelected({ matchLabels: selector }, spec.template, path)),
    ...validatePodTemplate(spec.template, path),
    ...validateRunsForever(spec.template, path, 'ReplicationController'),
  ];
}
