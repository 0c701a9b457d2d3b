import type { V1LimitRange } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { quantityOf } from '../../encoding/quantity.ts';
import { duplicate, forbiddenField, invalid, invalidFor, required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { isQualifiedName } from '../../validation/names.ts';
import type { Typed } from '../built-in-kind.ts';
import { isNative, validateContainerResourceName, validateResourceName } from '../pods/container-resources.ts';

type Amounts = Readonly<Record<string, string>>;
/** As on the wire: the borrowed type calls `default` otherwise. */
interface Item {
  readonly type?: string;
  readonly max?: Amounts;
  readonly min?: Amounts;
  readonly default?: Amounts;
  readonly defaultRequest?: Amounts;
  readonly maxLimitRequestRatio?: Amounts;
}

const FIELDS = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

export function validateLimitRange({ spec }: DeepReadonly<Typed<V1LimitRange>>): FieldError[] {
  const limits = (spec?.limits ?? []) as readonly Item[];
  const types = limits.map(({ type }) => type);
  return limits.flatMap((item, i) => {
    const at = `spec.limits[${i}]`;
    const errors = validateType(item.type ?? '', `${at}.type`);
    if (types.indexOf(item.type) < i) errors.push(duplicate(`${at}.type`, item.type));
    return [...errors, ...validateFields(item, at)];
  });
}

function validateType(type: string, path: string): FieldError[] {
  const malformed = invalidFor(path, type, isQualifiedName(type));
  if (malformed.length > 0 || type.includes('/')) return malformed;
  return ['Pod', 'Container', 'PersistentVolumeClaim'].includes(type)
    ? []
    : [invalid(path, type, 'must be a standard limit type or fully qualified')];
}

function validateFields(item: Item, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const isOfPods = item.type === 'Pod';
  for (const field of FIELDS) {
    const amounts = item[field];
    if (isOfPods && (field === 'default' || field === 'defaultRequest')) {
      if (Object.keys(amounts ?? {}).length > 0) {
        errors.push(forbiddenField(`${at}.${field}`, "may not be specified when `type` is 'Pod'"));
      }
      continue;
    }
    for (const name of Object.keys(amounts ?? {}))
      errors.push(...validateName(item.type, name, `${at}.${field}[${name}]`));
  }
  if (item.type === 'PersistentVolumeClaim' && item.min?.storage === undefined && item.max?.storage === undefined) {
    errors.push(required(at, 'either minimum or maximum storage value is required, but neither was provided'));
  }
  const names = new Set(FIELDS.flatMap((field) => Object.keys(item[field] ?? {})));
  for (const name of names) errors.push(...validateAmounts(item, name, at));
  return errors;
}

function validateName(type: string | undefined, name: string, path: string): FieldError[] {
  return type === 'Pod' || type === 'Container'
    ? validateContainerResourceName(name, path)
    : validateResourceName(name, path);
}

/** min ≤ defaultRequest ≤ default ≤ max, and a ratio that min and max leave room for. */
function validateAmounts(item: Item, name: string, at: string): FieldError[] {
  const { min, max, defaultRequest, maxLimitRequestRatio: ratios } = item;
  const [low, high, request, limit] = [min?.[name], max?.[name], defaultRequest?.[name], item.default?.[name]];
  const errors: FieldError[] = [];
  const path = (field: string): string => `${at}.${field}[${name}]`;
  if (exceeds(low, high)) errors.push(invalid(path('min'), low, `min value ${low} is greater than max value ${high}`));
  if (exceeds(low, request)) {
    errors.push(
      invalid(path('defaultRequest'), request, `min value ${low} is greater than default request value ${request}`),
    );
  }
  if (exceeds(request, high)) {
    const why = `default request value ${request} is greater than max value ${high}`;
    errors.push(invalid(path('defaultRequest'), request, why));
  }
  if (exceeds(request, limit)) {
    const why = `default request value ${request} is greater than default limit value ${limit}`;
    errors.push(invalid(path('defaultRequest'), request, why));
  }
  if (exceeds(low, limit)) {
    errors.push(invalid(path('default'), low, `min value ${low} is greater than default value ${limit}`));
  }
  if (exceeds(limit, high)) {
    errors.push(invalid(path('default'), high, `default value ${limit} is greater than max value ${high}`));
  }
  const ratio = ratios?.[name];
  if (ratio !== undefined && quantityOf(ratio).nano < quantityOf('1').nano) {
    errors.push(invalid(path('maxLimitRequestRatio'), ratio, `ratio ${ratio} is less than 1`));
  }
  if (ratio !== undefined && low !== undefined && high !== undefined) {
    const room = Number(quantityOf(high).nano) / Number(quantityOf(low).nano);
    if (Number(quantityOf(ratio).nano) / 1e9 > room) {
      const why = `ratio ${ratio} is greater than max/min = ${room.toFixed(6)}`;
      errors.push(invalid(path('maxLimitRequestRatio'), ratio, why));
    }
  }
  // What cannot be overcommitted is asked for as it is limited.
  if (
    !isNative(name) &&
    request !== undefined &&
    limit !== undefined &&
    quantityOf(request).nano !== quantityOf(limit).nano
  ) {
    const why = `default value ${limit} must equal to defaultRequest value ${request} in ${name}`;
    errors.push(invalid(path('defaultRequest'), request, why));
  }
  return errors;
}

function exceeds(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && quantityOf(a).nano > quantityOf(b).nano;
}
