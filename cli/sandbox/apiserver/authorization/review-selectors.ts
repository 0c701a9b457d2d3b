import type { FieldError } from '../errors/status-error.ts';

/** The selectors of an access review: checked and told about, as Kubernetes does; RBAC itself looks at neither. */

interface Requirement {
  readonly key?: string;
  readonly operator?: string;
  readonly values?: readonly string[] | null;
}

export interface FieldSelector {
  readonly rawSelector?: string;
  readonly requirements?: readonly Requirement[] | null;
}

export type LabelSelector = FieldSelector;

const PATH = 'spec.resourceAttributes';

/** What makes the review invalid. */
export function selectorErrors(
  fields: FieldSelector | null | undefined,
  labels: LabelSelector | null | undefined,
): FieldError[] {
  return [...shapeErrors(fields, `${PATH}.fieldSelector`), ...shapeErrors(labels, `${PATH}.labelSelector`)];
}

/** What the answer says of selectors that are not understood. */
export function selectorProblems(
  fields: FieldSelector | null | undefined,
  labels: LabelSelector | null | undefined,
): string[] {
  const problems: string[] = [];
  const tell = (name: string, understood: readonly boolean[]) => {
    if (understood.every(Boolean)) return;
    const how = understood.some(Boolean) ? 'partially ignored' : 'ignored';
    problems.push(`${PATH}.${name} ${how} due to parse error`);
  };
  if (fields) tell('fieldSelector', understoodFields(fields));
  if (labels) tell('labelSelector', understoodLabels(labels));
  return problems;
}

function shapeErrors(selector: FieldSelector | null | undefined, path: string): FieldError[] {
  if (!selector) return [];
  const { rawSelector = '', requirements } = selector;
  const several = (requirements ?? []).length > 0;
  if (rawSelector !== '' && several) {
    const why = 'may not specified at the same time as requirements'; // [sic]
    const message = `Invalid value: ${JSON.stringify(rawSelector)}: ${why}`;
    return [{ field: `${path}.rawSelector`, reason: 'FieldValueInvalid', message }];
  }
  if (rawSelector !== '' || several) return [];
  const why = `when ${path} is specified, requirements or rawSelector is required`;
  return [{ field: `${path}.requirements`, reason: 'FieldValueRequired', message: `Required value: ${why}` }];
}

function understoodFields({ rawSelector = '', requirements }: FieldSelector): boolean[] {
  if (requirements?.length) {
    return requirements.map(({ operator, values }) => {
      return (operator === 'In' || operator === 'NotIn') && (values ?? []).length === 1;
    });
  }
  return [rawSelector.split(',').every((term) => /^[^=!]+(==|=|!=)[^=!]*$/.test(term))];
}

function understoodLabels({ rawSelector = '', requirements }: LabelSelector): boolean[] {
  if (requirements?.length) {
    return requirements.map(({ operator, values }) => {
      const some = (values ?? []).length > 0;
      return operator === 'In' || operator === 'NotIn' ? some : /^(Exists|DoesNotExist)$/.test(operator ?? '') && !some;
    });
  }
  const terms = rawSelector.split(/,(?![^(]*\))/);
  const term = /^\s*(!?\s*[\w./-]+|[\w./-]+\s*(==|=|!=)\s*[\w.-]*|[\w./-]+\s+(in|notin)\s+\([^()]*\))\s*$/;
  return [terms.every((text) => term.test(text))];
}
