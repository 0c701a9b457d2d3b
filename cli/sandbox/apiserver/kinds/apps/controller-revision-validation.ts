import type { V1ControllerRevision } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { nonNegative } from '../../validation/fields.ts';
import { immutable } from '../../validation/immutable.ts';
import type { Typed } from '../built-in-kind.ts';

type Revision = DeepReadonly<Typed<V1ControllerRevision>>;

export function validateControllerRevision({ data, revision }: Revision): FieldError[] {
  return [
    ...(data === undefined || data === null ? [required('data', 'data is mandatory')] : []),
    ...nonNegative(revision, 'revision'),
  ];
}

/** What a revision holds is history. */
export function validateControllerRevisionUpdate(object: Revision, stored: Revision): FieldError[] {
  return [...validateControllerRevision(object), ...immutable('data', object.data ?? null, stored.data)];
}
