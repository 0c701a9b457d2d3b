import type { V2HorizontalPodAutoscaler, V2MetricSpec } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { forbiddenField, invalid, invalidFor, notSupported, required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { isPathSegmentName } from '../../validation/names.ts';
import type { Typed } from '../built-in-kind.ts';
import { validateSource } from './metric-validation.ts';

const TYPES = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];

export function validateAutoscaler({ spec }: DeepReadonly<Typed<V2HorizontalPodAutoscaler>>): FieldError[] {
  const { minReplicas, maxReplicas = 0, scaleTargetRef, metrics = [] } = spec ?? {};
  const errors: FieldError[] = [];
  if (minReplicas !== undefined && minReplicas < 1) {
    errors.push(invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'));
  }
  if (maxReplicas === 0) errors.push(required('spec.maxReplicas', 'must be set and greater than 0'));
  else if (maxReplicas < 0) {
    errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to 1'));
  }
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  }
  const at = 'spec.scaleTargetRef';
  for (const field of ['kind', 'name'] as const) {
    const value = scaleTargetRef?.[field];
    if (!value) errors.push(required(`${at}.${field}`));
    else errors.push(...invalidFor(`${at}.${field}`, value, isPathSegmentName(value)));
  }
  const { apiVersion = '' } = scaleTargetRef ?? {};
  if (apiVersion.split('/').length > 2) {
    errors.push(invalid(`${at}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  } else if (!/^[^/]+\//.test(apiVersion)) {
    errors.push(invalid(`${at}.apiVersion`, apiVersion, 'apiVersion must specify API group'));
  }
  for (const [i, metric] of metrics.entries()) errors.push(...validateMetric(metric, `spec.metrics[${i}]`));
  if (minReplicas === 0 && !metrics.some(({ type }) => type === 'Object' || type === 'External')) {
    const why = 'must specify at least one Object or External metric to support scaling to zero replicas';
    errors.push(forbiddenField('spec.metrics', why));
  }
  return errors;
}

function validateMetric(metric: DeepReadonly<V2MetricSpec>, path: string): FieldError[] {
  const { type } = metric;
  if (!TYPES.includes(type)) {
    // Said twice, as in Kubernetes: the causes show it.
    const unknown = notSupported(`${path}.type`, type, TYPES);
    return [...(type === '' ? [required(`${path}.type`, 'must specify a metric source type')] : []), unknown, unknown];
  }
  const expected = type.charAt(0).toLowerCase() + type.slice(1);
  const others = Object.keys(metric).filter((field) => field !== 'type' && field !== expected);
  return [
    ...(expected in metric
      ? []
      : [required(`${path}.${expected}`, 'must populate information for the given metric source')]),
    ...validateSource(metric, path),
    ...others.map((field) => forbiddenField(`${path}.${field}`, 'must populate the given metric source only')),
  ];
}
