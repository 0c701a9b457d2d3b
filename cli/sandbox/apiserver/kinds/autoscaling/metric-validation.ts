import type { V2MetricSpec, V2MetricTarget } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { quantityOf } from '../../encoding/quantity.ts';
import { forbiddenField, invalid, invalidFor, required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { isPathSegmentName } from '../../validation/names.ts';

type Target = DeepReadonly<V2MetricTarget>;
type Identifier = { readonly name: string };

const TARGETS = ['Utilization', 'Value', 'AverageValue'];

/** What a metric's source says, where it says it: what to measure and how much of it there is to be. */
export function validateSource(metric: DeepReadonly<V2MetricSpec>, path: string): FieldError[] {
  const { type, resource, containerResource, pods, object, external } = metric;
  if (type === 'Resource' && resource) return validateResource(resource, `${path}.resource`);
  if (type === 'ContainerResource' && containerResource) {
    const at = `${path}.containerResource`;
    const missing = containerResource.container ? [] : [required(`${at}.container`, 'must specify a container')];
    return [...missing, ...validateResource(containerResource, at)];
  }
  if (type === 'Pods' && pods) {
    const at = `${path}.pods`;
    const { averageValue } = pods.target;
    const why = 'must specify a positive target averageValue';
    const missing = averageValue === undefined || !isPositive(averageValue);
    return [
      ...validateIdentifier(pods.metric, `${at}.metric`),
      ...validateTarget(pods.target, `${at}.target`),
      ...(missing ? [required(`${at}.target.averageValue`, why)] : []),
    ];
  }
  if (type === 'Object' && object) {
    const at = `${path}.object`;
    const isMissing = object.target.value === undefined && object.target.averageValue === undefined;
    const why = 'must set either a target value or averageValue';
    return [
      ...validateReference(object.describedObject, `${at}.describedObject`),
      ...validateIdentifier(object.metric, `${at}.metric`),
      ...validateTarget(object.target, `${at}.target`),
      ...(isMissing ? [required(`${at}.target.averageValue`, why)] : []),
    ];
  }
  if (type === 'External' && external) return validateExternal(external, `${path}.external`);
  return [];
}

function validateResource(source: Identifier & { readonly target: Target }, at: string): FieldError[] {
  const { averageUtilization, averageValue } = source.target;
  const errors = source.name ? [] : [required(`${at}.name`, 'must specify a resource name')];
  errors.push(...validateTarget(source.target, `${at}.target`));
  if (averageUtilization === undefined && averageValue === undefined) {
    const why = 'must set either a target raw value or a target utilization';
    errors.push(required(`${at}.target.averageUtilization`, why));
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    const why = 'may not set both a target raw value and a target utilization';
    errors.push(forbiddenField(`${at}.target.averageValue`, why));
  }
  return errors;
}

function validateExternal(
  { metric, target }: { readonly metric: Identifier; readonly target: Target },
  at: string,
): FieldError[] {
  const errors = [...validateIdentifier(metric, `${at}.metric`), ...validateTarget(target, `${at}.target`)];
  if (target.value === undefined && target.averageValue === undefined) {
    const why = 'must set either a target value for metric or a per-pod target';
    errors.push(required(`${at}.target.averageValue`, why));
  }
  if (target.value !== undefined && target.averageValue !== undefined) {
    const why = 'may not set both a target value for metric and a per-pod target';
    errors.push(forbiddenField(`${at}.target.value`, why));
  }
  return errors;
}

function validateIdentifier({ name }: Identifier, at: string): FieldError[] {
  if (!name) return [required(`${at}.name`, 'must specify a metric name')];
  return invalidFor(`${at}.name`, name, isPathSegmentName(name));
}

function validateReference(reference: { readonly kind: string; readonly name: string }, at: string): FieldError[] {
  return (['kind', 'name'] as const).flatMap((field) => {
    const value = reference[field];
    return value ? invalidFor(`${at}.${field}`, value, isPathSegmentName(value)) : [required(`${at}.${field}`)];
  });
}

function validateTarget({ type, value, averageValue, averageUtilization }: Target, at: string): FieldError[] {
  const errors = type ? [] : [required(`${at}.type`, 'must specify a metric target type')];
  if (!TARGETS.includes(type)) {
    errors.push(invalid(`${at}.type`, type, 'must be either Utilization, Value, or AverageValue'));
  }
  for (const [field, amount] of Object.entries({ value, averageValue })) {
    if (amount !== undefined && !isPositive(amount)) errors.push(invalid(`${at}.${field}`, amount, 'must be positive'));
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    errors.push(invalid(`${at}.averageUtilization`, averageUtilization, 'must be greater than 0'));
  }
  return errors;
}

function isPositive(amount: string): boolean {
  return quantityOf(amount).nano > 0n;
}
