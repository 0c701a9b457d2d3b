import type {
  V1Affinity,
  V1NodeSelectorTerm,
  V1PodAffinityTerm,
  V1Toleration,
  V1TopologySpreadConstraint,
} from '@kubernetes/client-node';
import type { DeepReadonly, LabelSelector } from '../../../../../apis/meta/v1.ts';
import { forbiddenField, invalid, notSupported, required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { validateQualifiedName } from '../../validation/fields.ts';
import { validateLabelSelector } from '../../validation/labels.ts';
import { isLabelValue } from '../../validation/names.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export function validateTolerations(tolerations: readonly DeepReadonly<V1Toleration>[], path: string): FieldError[] {
  return tolerations.flatMap(({ key = '', operator = '', value = '', effect = '', tolerationSeconds }, i) => {
    const at = `${path}[${i}]`;
    const errors = key === '' ? [] : validateQualifiedName(key, `${at}.key`);
    if (key === '' && operator !== 'Exists') {
      const why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      errors.push(invalid(`${at}.operator`, operator, why));
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      errors.push(invalid(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    }
    if (operator === '' || operator === 'Equal') {
      const problems = isLabelValue(value);
      if (problems.length > 0) errors.push(invalid(`${at}.operator`, value, problems.join(';')));
    } else if (operator === 'Exists') {
      if (value !== '') {
        errors.push(invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'"));
      }
    } else errors.push(notSupported(`${at}.operator`, operator, ['Equal', 'Exists']));
    if (effect !== '' && !EFFECTS.includes(effect)) errors.push(notSupported(`${at}.effect`, effect, EFFECTS));
    return errors;
  });
}

export function validateAffinity(affinity: DeepReadonly<V1Affinity> | undefined, path: string): FieldError[] {
  if (affinity === undefined) return [];
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity;
  const errors: FieldError[] = [];
  const needed = nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const nodePath = `${path}.nodeAffinity`;
  if (needed) {
    const at = `${nodePath}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
    if (!needed.nodeSelectorTerms?.length) errors.push(required(at, 'must have at least one node selector term'));
    for (const [i, term] of (needed.nodeSelectorTerms ?? []).entries()) {
      errors.push(...validateNodeTerm(term, `${at}[${i}]`));
    }
  }
  for (const [i, term] of (nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
    const at = `${nodePath}.preferredDuringSchedulingIgnoredDuringExecution[${i}]`;
    errors.push(
      ...validateWeight(term.weight, `${at}.weight`),
      ...validateNodeTerm(term.preference, `${at}.preference`),
    );
  }
  for (const [name, pods] of Object.entries({ podAffinity, podAntiAffinity })) {
    for (const [i, term] of (pods?.requiredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
      errors.push(...validatePodTerm(term, `${path}.${name}.requiredDuringSchedulingIgnoredDuringExecution[${i}]`));
    }
    for (const [i, term] of (pods?.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
      const at = `${path}.${name}.preferredDuringSchedulingIgnoredDuringExecution[${i}]`;
      errors.push(...validateWeight(term.weight, `${at}.weight`));
      errors.push(...validatePodTerm(term.podAffinityTerm, `${at}.podAffinityTerm`));
    }
  }
  return errors;
}

function validateWeight(weight: number, path: string): FieldError[] {
  return weight > 0 && weight <= 100 ? [] : [invalid(path, weight, 'must be in the range 1-100')];
}

function validateNodeTerm({ matchExpressions }: DeepReadonly<V1NodeSelectorTerm>, path: string): FieldError[] {
  return (matchExpressions ?? []).flatMap(({ key, operator, values }, i) => {
    const at = `${path}.matchExpressions[${i}]`;
    const errors: FieldError[] = [];
    const count = values?.length ?? 0;
    if (operator === 'In' || operator === 'NotIn') {
      if (count === 0) errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (count > 0) {
        const why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
        errors.push(forbiddenField(`${at}.values`, why));
      }
    } else if (operator === 'Gt' || operator === 'Lt') {
      if (count !== 1) {
        errors.push(required(`${at}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      }
    } else errors.push(invalid(`${at}.operator`, operator, 'not a valid selector operator'));
    errors.push(...validateQualifiedName(key, `${at}.key`));
    return errors;
  });
}

function validatePodTerm(term: DeepReadonly<V1PodAffinityTerm>, path: string): FieldError[] {
  return [
    ...validateLabelSelector(term.labelSelector as DeepReadonly<LabelSelector>, `${path}.labelSelector`),
    ...(term.topologyKey === '' ? [required(`${path}.topologyKey`, 'can not be empty')] : []),
    ...validateQualifiedName(term.topologyKey, `${path}.topologyKey`),
  ];
}

export function validateSpread(
  constraints: readonly DeepReadonly<V1TopologySpreadConstraint>[],
  path: string,
): FieldError[] {
  const actions = ['DoNotSchedule', 'ScheduleAnyway'];
  return constraints.flatMap(({ maxSkew, topologyKey, whenUnsatisfiable, labelSelector }, i) => {
    const at = `${path}[${i}]`;
    return [
      ...(maxSkew > 0 ? [] : [invalid(`${at}.maxSkew`, maxSkew, 'must be greater than zero')]),
      ...(topologyKey === '' ? [required(`${at}.topologyKey`, 'can not be empty')] : []),
      ...(actions.includes(whenUnsatisfiable)
        ? []
        : [notSupported(`${at}.whenUnsatisfiable`, whenUnsatisfiable, actions)]),
      ...validateLabelSelector(labelSelector as DeepReadonly<LabelSelector>, `${at}.labelSelector`),
    ];
  });
}
