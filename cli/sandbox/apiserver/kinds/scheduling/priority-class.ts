import type { V1PriorityClass } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { columnsOf } from '../../columns/column.ts';
import { forbiddenField, notSupported } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { immutable } from '../../validation/immutable.ts';
import { builtInKind, type Typed } from '../built-in-kind.ts';

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
  validate,
  validateUpdate: (object, stored) => [
    ...((object.value ?? 0) === (stored.value ?? 0)
      ? []
      : [forbiddenField('value', 'may not be changed in an update.')]),
    ...immutable('preemptionPolicy', object.preemptionPolicy ?? null, stored.preemptionPolicy),
  ],
});

const HIGHEST_OF_USERS = 1000000000;
const SYSTEM_PRIORITIES: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2000000000,
  'system-node-critical': 2000001000,
};

function validate({ metadata, value, preemptionPolicy }: DeepReadonly<Typed<V1PriorityClass>>): FieldError[] {
  const { name = '' } = metadata;
  const policies = ['PreemptLowerPriority', 'Never'];
  const errors: FieldError[] = [];
  if (name.startsWith('system-')) {
    const wanted = SYSTEM_PRIORITIES[name];
    const why =
      wanted === undefined
        ? `${name} is not a known system priority class`
        : `value of ${name} PriorityClass must be ${wanted}`;
    if (wanted === undefined || wanted !== value) {
      const reserved = `priority class names with 'system-' prefix are reserved for system use only. error: ${why}`;
      errors.push(forbiddenField('metadata.name', reserved));
    }
  } else if (value > HIGHEST_OF_USERS) {
    errors.push(forbiddenField('value', `maximum allowed value of a user defined priority is ${HIGHEST_OF_USERS}`));
  }
  if (preemptionPolicy !== undefined && !policies.includes(preemptionPolicy)) {
    errors.push(notSupported('preemptionPolicy', preemptionPolicy, policies));
  }
  return errors;
}
