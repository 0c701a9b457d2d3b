import type { V1Lease } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { columnsOf } from '../../columns/column.ts';
import { invalid } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { builtInKind, type Typed } from '../built-in-kind.ts';

export const leases = builtInKind<V1Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
  createOnUpdate: true,
  unconditionalUpdate: false,
  columns: columnsOf<V1Lease>('coordination.k8s.io/v1/Lease', { Holder: ({ spec }) => spec?.holderIdentity ?? '' }),
  defaults({ spec }) {
    // For elections among several, which are switched off by default: Kubernetes drops them without a word.
    delete spec?.strategy;
    delete spec?.preferredHolder;
  },
  validate,
  validateUpdate: (object) => validate(object),
});

function validate({ spec = {} }: DeepReadonly<Typed<V1Lease>>): FieldError[] {
  const { leaseDurationSeconds, leaseTransitions } = spec;
  const errors: FieldError[] = [];
  if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) {
    errors.push(invalid('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0'));
  }
  if (leaseTransitions !== undefined && leaseTransitions < 0) {
    errors.push(invalid('spec.leaseTransitions', leaseTransitions, 'must be greater than or equal to 0'));
  }
  return errors;
}
