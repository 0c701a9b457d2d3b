import type { V1NodeSelectorTerm } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { invalid } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { semanticallyEqual } from '../../validation/immutable.ts';
import type { PodSpec } from './pod-spec-validation.ts';

type Term = DeepReadonly<V1NodeSelectorTerm>;

/**
 * A Pod that waits for its gates may be told more closely where to go. What is wrong with that, and the spec as it would be without
 * it, for the rest of the rules.
 */
export function allowWhileGated<T extends PodSpec>(spec: T, old: PodSpec): { errors: FieldError[]; rest: T } {
  if (!old.schedulingGates?.length) return { errors: [], rest: spec };
  const errors: FieldError[] = [];
  let rest = spec;
  if (!semanticallyEqual(spec.nodeSelector, old.nodeSelector)) {
    errors.push(...validateNodeSelector(spec, old));
    rest = { ...rest, nodeSelector: old.nodeSelector };
  }
  const before = old.affinity?.nodeAffinity;
  if (!semanticallyEqual(spec.affinity?.nodeAffinity, before)) {
    errors.push(...validateNodeAffinity(spec, old));
    const { nodeAffinity, ...others } = spec.affinity ?? {};
    const isNew = before === undefined && old.affinity === undefined && Object.keys(others).length === 0;
    rest = { ...rest, affinity: isNew ? undefined : { ...others, ...(before && { nodeAffinity: before }) } };
  }
  return { errors, rest };
}

function validateNodeSelector({ nodeSelector }: PodSpec, old: PodSpec): FieldError[] {
  const isKept = Object.entries(old.nodeSelector ?? {}).every(([key, value]) => nodeSelector?.[key] === value);
  if (isKept) return [];
  const why = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
  return [invalid('spec.nodeSelector', nodeSelector ?? null, why)];
}

function validateNodeAffinity(spec: PodSpec, old: PodSpec): FieldError[] {
  const before = termsOf(old);
  if (before.length === 0) return [];
  const now = termsOf(spec);
  const path = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';
  if (before.length !== now.length) {
    const why = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed';
    return [invalid(path, now.length === 0 ? null : now.map(internalTerm), why)];
  }
  return now.flatMap((term, i) =>
    onlyAdds(term, before[i] ?? {})
      ? []
      : [invalid(`${path}[${i}]`, internalTerm(term), 'only additions are allowed (no mutations or deletions)')],
  );
}

function termsOf({ affinity }: PodSpec): readonly Term[] {
  return affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
}

/** A term that says nothing matches nothing: to say something would add Nodes. */
function onlyAdds(now: Term, before: Term): boolean {
  const fields = ['matchExpressions', 'matchFields'] as const;
  if (fields.every((field) => !before[field]?.length)) return fields.every((field) => !now[field]?.length);
  return fields.every((field) => {
    const old = before[field] ?? [];
    return semanticallyEqual((now[field] ?? []).slice(0, old.length), old);
  });
}

/** As Go shows it, whose internal type has no names for JSON. */
function internalTerm({ matchExpressions, matchFields }: Term): object {
  const shown = (list: Term['matchFields']) =>
    list?.map(({ key, operator, values }) => ({ Key: key, Operator: operator, Values: values ?? null })) ?? null;
  return { MatchExpressions: shown(matchExpressions), MatchFields: shown(matchFields) };
}
