import type { V1PodTemplateSpec } from '@kubernetes/client-node';
import type { DeepReadonly, LabelSelector } from '../../../../../apis/meta/v1.ts';
import { matches } from '../../../../../controller/kube/label-selector.ts';
import { forbiddenField, invalid, notSupported, required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { isEmptySelector, validateLabelSelector, validateLabels } from '../../validation/labels.ts';
import { validateAnnotations } from '../../validation/object-meta.ts';
import { validatePodSpec } from './pod-spec-validation.ts';

export type Template = DeepReadonly<V1PodTemplateSpec>;
export type Selector = DeepReadonly<LabelSelector> | null | undefined;

export function validatePodTemplate(template: Template, path: string): FieldError[] {
  const { metadata, spec } = template;
  return [
    ...validateLabels(metadata?.labels, `${path}.labels`),
    ...validateAnnotations(metadata?.annotations, `${path}.annotations`),
    ...validatePodSpec(spec ?? { containers: [] }, `${path}.spec`),
    ...(spec?.ephemeralContainers?.length
      ? [forbiddenField(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template')]
      : []),
  ];
}

/** A selector that is there, says something and can be understood. `kind`: in the words of the refusal. */
export function validateWorkloadSelector(selector: Selector, path: string, kind: string): FieldError[] {
  if (!selector) return [required(path)];
  const errors = validateLabelSelector(selector, path);
  if (isEmptySelector(selector)) errors.push(invalid(path, selector, `empty selector is invalid for ${kind}`));
  return errors;
}

/** Whether Pods could be looked for by it: what is missing finds nothing, what is broken is no selector at all. */
export function isUsableSelector(selector: Selector): boolean {
  return validateLabelSelector(selector, '').length === 0;
}

/** Pods made from the template must be found by the selector. One that is empty or broken is another matter. */
export function validateSelected(selector: Selector, template: Template, path: string): FieldError[] {
  if (!isUsableSelector(selector) || (selector && isEmptySelector(selector))) return [];
  const labels = template.metadata?.labels;
  if (selector && matches(selector, labels)) return [];
  return [invalid(`${path}.metadata.labels`, labels ?? null, '`selector` does not match template `labels`')];
}

/** Workloads that keep Pods running for ever restart them always. `kind`: in the words of the refusal. */
export function validateRunsForever(template: Template, path: string, kind: string): FieldError[] {
  const { restartPolicy = '', activeDeadlineSeconds } = template.spec ?? {};
  return [
    ...(restartPolicy === 'Always' ? [] : [notSupported(`${path}.spec.restartPolicy`, restartPolicy, ['Always'])]),
    ...(activeDeadlineSeconds === undefined
      ? []
      : [forbiddenField(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`)]),
  ];
}
