import type { V1Lease } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { builtInKind, type Typed } from '../built-in-kind.ts';
import { columnsOf } from '../columns/column.ts';
import { forbiddenField, invalid } from '../validation/field-errors.ts';
import { isQualifiedName } from '../validation/names.ts';

export const leases = builtInKind<V1Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
  createOnUpdate: true,
  unconditionalUpdate: false,
  columns: columnsOf<V1Lease>('coordination.k8s.io/v1/Lease', { Holder: ({ spec }) => spec?.holderIdentity ?? '' }),
  validate,
  validateUpdate: (object) => validate(object),
});

function validate({ spec = {} }: DeepReadonly<Typed<V1Lease>>): FieldError[] {
  const { leaseDurationSeconds, leaseTransitions, strategy, preferredHolder } = spec;
  const errors: FieldError[] = [];
  if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) {
    errors.push(invalid('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0'));
  }
  if (leaseTransitions !== undefined && leaseTransitions < 0) {
    errors.push(invalid('spec.leaseTransitions', leaseTransitions, 'must be greater than or equal to 0'));
  }
  if (strategy !== undefined && strategy !== 'OldestEmulationVersion') {
    for (const problem of isQualifiedName(strategy)) errors.push(invalid('spec.strategy', strategy, problem));
  }
  if (preferredHolder && !strategy) {
    errors.push(forbiddenField('spec.preferredHolder', 'may only be specified if `strategy` is defined'));
  }
  return errors;
}
