import type { DeepReadonly, LabelSelector } from '../../../../apis/meta/v1.ts';
import { forbiddenField, invalid, invalidFor, required } from '../errors/field-errors.ts';
import type { FieldError } from '../errors/status-error.ts';
import { isLabelValue, isQualifiedName } from './names.ts';

type Labels = Readonly<Record<string, string>>;

export function validateLabels(labels: Labels | null | undefined, path: string): FieldError[] {
  if (!labels) return [];
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(labels)) {
    const keyProblems = isQualifiedName(key);
    const valueProblems = isLabelValue(value);
    if (keyProblems.length > 0) errors.push(...invalidFor(path, key, keyProblems));
    if (valueProblems.length > 0) errors.push(...invalidFor(path, value, valueProblems));
  }
  return errors;
}

export function validateLabelSelector(
  selector: DeepReadonly<LabelSelector> | null | undefined,
  path: string,
): FieldError[] {
  if (!selector) return [];
  const errors = validateLabels(selector.matchLabels, `${path}.matchLabels`);
  for (const [i, { key, operator, values }] of (selector.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${i}]`;
    if (operator === 'In' || operator === 'NotIn') {
      if (!values?.length) {
        errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      }
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values?.length) {
        const why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
        errors.push(forbiddenField(`${at}.values`, why));
      }
    } else errors.push(invalid(`${at}.operator`, operator, 'not a valid selector operator'));
    errors.push(...invalidFor(`${at}.key`, key, isQualifiedName(key)));
    for (const [j, value] of (values ?? []).entries()) {
      errors.push(...invalidFor(`${at}.values[${j}]`, value, isLabelValue(value)));
    }
  }
  return errors;
}

/** Neither labels nor expressions: it would select everything. */
export function isEmptySelector(selector: DeepReadonly<LabelSelector> | null | undefined): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions?.length ?? 0) === 0;
}
