import type { V1PriorityClass } from '@kubernetes/client-node';
import { builtInKind } from '../built-in-kind.ts';
import { columnsOf } from '../columns/column.ts';

export const priorityClasses = builtInKind<V1PriorityClass>({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  shortNames: ['pc'],
  namespaced: false,
  hasGeneration: true,
  columns: columnsOf<V1PriorityClass>('scheduling.k8s.io/v1/PriorityClass', {
    Value: ({ value }) => value,
    'Global-Default': ({ globalDefault }) => globalDefault ?? false,
    PreemptionPolicy: ({ preemptionPolicy }) => preemptionPolicy ?? '',
  }),
  defaults(priorityClass) {
    priorityClass.preemptionPolicy ??= 'PreemptLowerPriority';
  },
});
