import type { V1PodDisruptionBudget } from '@kubernetes/client-node';
import type { DeepReadonly, LabelSelector } from '../../../../../apis/meta/v1.ts';
import { columnsOf } from '../../columns/column.ts';
import { invalid, notSupported } from '../../errors/field-errors.ts';
import { GoStruct } from '../../errors/go-text.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { atMost100Percent, validateIntOrPercent } from '../../validation/fields.ts';
import { validateLabelSelector } from '../../validation/labels.ts';
import { builtInKind, type Typed } from '../built-in-kind.ts';

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
  validate,
  validateUpdate: validate,
});

function validate({ spec }: DeepReadonly<Typed<V1PodDisruptionBudget>>): FieldError[] {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec ?? {};
  const policies = ['AlwaysAllow', 'IfHealthyBudget'];
  const shown = new GoStruct({
    MinAvailable: minAvailable ?? null,
    Selector: selector ?? null,
    MaxUnavailable: maxUnavailable ?? null,
    UnhealthyPodEvictionPolicy: policy ?? null,
  });
  return [
    ...(minAvailable !== undefined && maxUnavailable !== undefined
      ? [invalid('spec', shown, 'minAvailable and maxUnavailable cannot be both set')]
      : []),
    ...validateIntOrPercent(minAvailable, 'spec.minAvailable'),
    ...atMost100Percent(minAvailable, 'spec.minAvailable'),
    ...validateIntOrPercent(maxUnavailable, 'spec.maxUnavailable'),
    ...atMost100Percent(maxUnavailable, 'spec.maxUnavailable'),
    ...validateLabelSelector(selector as DeepReadonly<LabelSelector> | undefined, 'spec.selector'),
    ...(policy !== undefined && !policies.includes(policy)
      ? [notSupported('spec.unhealthyPodEvictionPolicy', policy, policies)]
      : []),
  ];
}
