import type { StatusCause } from '../../../../apis/meta/v1.ts';
import { StatusError } from '../errors/status-error.ts';
import { identityOf, type Owner } from './entries.ts';
import { compareText, elementText, type PathElement } from './path-element.ts';

/** A field that somebody wants to set who does not own it, and who does. */
export interface FieldConflict {
  readonly owner: Owner;
  readonly path: readonly PathElement[];
}

/** 409, in Kubernetes' words: `Apply failed with 1 conflict: conflict with "kubectl" using apps/v1: .spec.replicas`. */
export function applyConflict(conflicts: readonly FieldConflict[]): StatusError {
  const sorted = conflicts.toSorted((a, b) => compareText(identityOf(a.owner), identityOf(b.owner)));
  const causes = sorted.map(
    ({ owner, path }): StatusCause => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${nameOf(owner)}`,
      field: pathText(path),
    }),
  );
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    ...{ metadata: {} },
    status: 'Failure',
    message: messageOf(sorted),
    reason: 'Conflict',
    details: { causes },
    code: 409,
  });
}

function messageOf(conflicts: readonly FieldConflict[]): string {
  const [first] = conflicts;
  if (first !== undefined && conflicts.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${nameOf(first.owner)}: ${pathText(first.path)}`;
  }
  const lines: string[] = [];
  let last: string | undefined;
  for (const { owner, path } of conflicts) {
    const identity = identityOf(owner);
    if (identity !== last) lines.push(`conflicts with ${nameOf(owner)}:`);
    last = identity;
    lines.push(`- ${pathText(path)}`);
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

function nameOf({ manager, operation, apiVersion, subresource }: Owner): string {
  const name = JSON.stringify(manager);
  const qualified = subresource === '' ? name : `${name} with subresource ${JSON.stringify(subresource)}`;
  return operation === 'Update' ? `${qualified} using ${apiVersion}` : qualified;
}

function pathText(path: readonly PathElement[]): string {
  return path.map(elementText).join('');
}
