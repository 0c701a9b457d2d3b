import type { V1PodDisruptionBudget } from '@kubernetes/client-node';
import { builtInKind } from '../built-in-kind.ts';
import { columnsOf } from '../columns/column.ts';

export const podDisruptionBudgets = builtInKind<V1PodDisruptionBudget>({
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  shortNames: ['pdb'],
  namespaced: true,
  hasGeneration: true,
  unconditionalUpdate: false,
  status: 'cleared',
  columns: columnsOf<V1PodDisruptionBudget>('policy/v1/PodDisruptionBudget', {
    'Min Available': ({ spec }) => String(spec?.minAvailable ?? 'N/A'),
    'Max Unavailable': ({ spec }) => String(spec?.maxUnavailable ?? 'N/A'),
    'Allowed Disruptions': ({ status }) => status?.disruptionsAllowed ?? 0,
  }),
});
