import type { V1Pod } from '@kubernetes/client-node';
import { builtInKind } from '../built-in-kind.ts';
import { columnsOf } from '../columns/column.ts';
import { POD_CELLS } from '../pods/pod-cells.ts';
import { defaultPod, defaultPodSpec } from '../pods/pod-spec-defaults.ts';

export const pods = builtInKind<V1Pod>({
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  hasGeneration: true,
  returnsDeletedObject: true,
  status: 'cleared',
  selectableFields: {
    'spec.nodeName': ({ spec }) => spec?.nodeName ?? '',
    'spec.restartPolicy': ({ spec }) => spec?.restartPolicy ?? '',
    'spec.schedulerName': ({ spec }) => spec?.schedulerName ?? '',
    'spec.serviceAccountName': ({ spec }) => spec?.serviceAccountName ?? '',
    'spec.hostNetwork': ({ spec }) => String(spec?.hostNetwork ?? false),
    'status.phase': ({ status }) => status?.phase ?? '',
    'status.podIP': ({ status }) => status?.podIP ?? '',
    'status.nominatedNodeName': ({ status }) => status?.nominatedNodeName ?? '',
  },
  columns: columnsOf<V1Pod>('v1/Pod', POD_CELLS),
  gracePeriodSeconds: ({ spec }) => spec?.terminationGracePeriodSeconds ?? 30,
  defaults({ spec }) {
    if (!spec) return;
    defaultPodSpec(spec);
    defaultPod(spec);
  },
});
