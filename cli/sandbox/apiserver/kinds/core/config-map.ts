import type { V1ConfigMap } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { columnsOf } from '../../columns/column.ts';
import { invalid, invalidFor, tooLong } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { isConfigMapKey } from '../../validation/names.ts';
import { builtInKind, type Typed } from '../built-in-kind.ts';
import { frozenWhenImmutable, MAX_DATA_BYTES, sizeOfBase64 } from './data.ts';

export const configMaps = builtInKind<V1ConfigMap>({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  shortNames: ['cm'],
  namespaced: true,
  columns: columnsOf<V1ConfigMap>('v1/ConfigMap', {
    Data: ({ data, binaryData }) => Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length,
  }),
  validatesMetadataAgain: true,
  validate,
  validateUpdate: (object, stored) => [
    ...frozenWhenImmutable(object, stored, ['data', 'binaryData']),
    ...validate(object),
  ],
});

function validate({ data = {}, binaryData = {} }: DeepReadonly<Typed<V1ConfigMap>>): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(data)) {
    errors.push(...invalidFor(`data[${key}]`, key, isConfigMapKey(key)));
    if (key in binaryData) errors.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
    size += Buffer.byteLength(value);
  }
  for (const [key, value] of Object.entries(binaryData)) {
    errors.push(...invalidFor(`binaryData[${key}]`, key, isConfigMapKey(key)));
    size += sizeOfBase64(value);
  }
  if (size > MAX_DATA_BYTES) errors.push(tooLong('[]', MAX_DATA_BYTES));
  return errors;
}
