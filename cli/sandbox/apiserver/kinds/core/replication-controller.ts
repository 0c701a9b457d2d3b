import type { V1ReplicationController } from '@kubernetes/client-node';
import { builtInKind } from '../built-in-kind.ts';
import { containerImages, containerNames, formatLabels } from '../columns/cells.ts';
import { columnsOf } from '../columns/column.ts';
import { defaultPodSpec } from '../pods/pod-spec-defaults.ts';

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
});
