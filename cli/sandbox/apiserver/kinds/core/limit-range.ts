import type { V1LimitRange, V1LimitRangeItem } from '@kubernetes/client-node';
import { columnsOf } from '../../columns/column.ts';
import { builtInKind } from '../built-in-kind.ts';
import { validateLimitRange } from './limit-range-validation.ts';

export const limitRanges = builtInKind<V1LimitRange>({
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  shortNames: ['limits'],
  namespaced: true,
  createOnUpdate: true,
  validatesMetadataAgain: true,
  columns: columnsOf('v1/LimitRange'),
  defaults({ spec }) {
    for (const item of spec?.limits ?? []) if (item.type === 'Container') defaultItem(item);
  },
  validate: validateLimitRange,
  validateUpdate: validateLimitRange,
});

/** The default limit is the maximum, the default request the default limit, else the minimum. */
function defaultItem(item: V1LimitRangeItem): void {
  const limits = { ...item.max, ...defaultOf(item) };
  setDefault(item, limits);
  item.defaultRequest = { ...item.min, ...limits, ...item.defaultRequest };
  if (Object.keys(item.defaultRequest).length === 0) delete item.defaultRequest;
}

/** The borrowed type calls the field `_default`, for `default` is a word of the language. */
function defaultOf(item: object): Record<string, string> | undefined {
  return (item as { default?: Record<string, string> }).default;
}

function setDefault(item: object, limits: Record<string, string>): void {
  if (Object.keys(limits).length > 0) (item as { default?: Record<string, string> }).default = limits;
}
