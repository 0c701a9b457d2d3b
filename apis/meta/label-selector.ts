import { type FieldError, fault, invalid, oneOf, required } from '../field-error.ts';
import { labelValueFault, qualifiedNameFault } from './names.ts';
import type { DeepReadonly, LabelSelector, LabelSelectorRequirement } from './v1.ts';

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** The rules by which `metav1.LabelSelectorAsSelector` refuses a selector. */
export function validateLabelSelector(selector: DeepReadonly<LabelSelector>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    errors.push(...fault(`${path}.matchLabels`, key, qualifiedNameFault(key)));
    errors.push(...fault(`${path}.matchLabels[${key}]`, value, labelValueFault(value)));
  }
  for (const [index, requirement] of (selector.matchExpressions ?? []).entries()) {
    errors.push(...validateRequirement(requirement, `${path}.matchExpressions[${index}]`));
  }
  return errors;
}

function validateRequirement(requirement: DeepReadonly<LabelSelectorRequirement>, path: string): FieldError[] {
  const values = requirement.values ?? [];
  const errors = [
    ...fault(`${path}.key`, requirement.key, qualifiedNameFault(requirement.key)),
    ...oneOf(`${path}.operator`, requirement.operator, OPERATORS),
    ...values.flatMap((value, index) => fault(`${path}.values[${index}]`, value, labelValueFault(value))),
  ];
  const needsValues = requirement.operator === 'In' || requirement.operator === 'NotIn';
  if (needsValues && values.length === 0) errors.push(required(`${path}.values`));
  if (!needsValues && values.length > 0 && OPERATORS.includes(requirement.operator)) {
    errors.push(invalid(`${path}.values`, values, `must be empty for the operator ${requirement.operator}`));
  }
  return errors;
}
