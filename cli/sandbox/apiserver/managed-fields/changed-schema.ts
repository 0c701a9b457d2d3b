import type { Owner } from './entries.ts';
import { branchOf, elementsOf, type FieldSet, isEmptySet, isMember, LEAF, NOTHING } from './field-set.ts';
import { DEDUCED, type FieldType } from './field-type.ts';
import type { PathElement } from './path-element.ts';

/**
 * Owners of fields by the schema as it is now: who owned something in a map or list that has become atomic since owns the whole of
 * it. structured-merge-diff's `ReconcileFieldSetWithSchema`; only the schemas of custom resources ever change.
 */
export function ownersByType(owners: readonly Owner[], type: FieldType): readonly Owner[] {
  let changed = false;
  const reconciled = owners.map((owner) => {
    const fields = below(owner.fields, type, false) ?? NOTHING;
    if (fields === owner.fields) return owner;
    changed = true;
    return { ...owner, fields };
  });
  return changed ? reconciled : owners;
}

function below(branch: FieldSet, type: FieldType, member: boolean): FieldSet | undefined {
  let changed = false;
  const children = elementsOf(branch).map((element): readonly [PathElement, FieldSet] => {
    const child = branch[element] as FieldSet;
    const next = typeBelow(type, element);
    const kept = next === undefined ? child : reconciledBranch(child, next);
    if (kept !== child) changed = true;
    return [element, kept];
  });
  return changed ? branchOf(member, children) : branch;
}

function reconciledBranch(branch: FieldSet, type: FieldType): FieldSet {
  if (isEmptySet(branch) || type === DEDUCED) return branch;
  const isAtomic = type.map === undefined ? type.list?.atomic === true : type.map.atomic;
  return isAtomic ? LEAF : (below(branch, type, isMember(branch)) ?? LEAF);
}

function typeBelow({ map, list }: FieldType, element: PathElement): FieldType | undefined {
  if (!element.startsWith('f:')) return list?.item;
  return map?.field(element.slice(2))?.type ?? map?.element;
}
