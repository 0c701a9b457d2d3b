import type { DeepReadonly, LabelSelector, LabelSelectorRequirement } from '../../apis/meta/v1.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * Whether an object with these labels is selected. An empty selector selects everything; NotIn and DoesNotExist also
 * select what lacks the label. Throws on an operator that Kubernetes does not know: validate first.
 */
export function matches(selector: DeepReadonly<LabelSelector>, labels: Labels | undefined): boolean {
  const has = labels ?? {};
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (labelOf(has, key) !== value) return false;
  }
  return (selector.matchExpressions ?? []).every((requirement) => meets(requirement, labelOf(has, requirement.key)));
}

/** The selector as the `labelSelector` of a query: `app=web,tier in (a,b),!legacy`. Empty for an empty selector. */
export function formatLabelSelector(selector: DeepReadonly<LabelSelector>): string {
  const equalities = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  return [...equalities, ...(selector.matchExpressions ?? []).map(format)].join(',');
}

/** Labels that an object inherits, such as `constructor`, are none. */
function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function meets(requirement: DeepReadonly<LabelSelectorRequirement>, value: string | undefined): boolean {
  const values = requirement.values ?? [];
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      throw unknownOperator(requirement.operator);
  }
}

function format(requirement: DeepReadonly<LabelSelectorRequirement>): string {
  const { key } = requirement;
  const values = (requirement.values ?? []).join(',');
  switch (requirement.operator) {
    case 'In':
      return `${key} in (${values})`;
    case 'NotIn':
      return `${key} notin (${values})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    default:
      throw unknownOperator(requirement.operator);
  }
}

function unknownOperator(operator: never): Error {
  return new Error(`${JSON.stringify(operator)} is not an operator of label selectors`);
}
