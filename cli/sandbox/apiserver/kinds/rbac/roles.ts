import type { V1ClusterRole, V1Role } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { admitClusterRole, admitRole } from '../../authorization/escalation.ts';
import { columnsOf } from '../../columns/column.ts';
import { required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { validateLabelSelector } from '../../validation/labels.ts';
import { isPathSegmentName } from '../../validation/names.ts';
import { builtInKind, type Typed } from '../built-in-kind.ts';
import { RBAC, validateRules } from './rules.ts';

const validateName = (name: string): string[] => isPathSegmentName(name);

export const roles = builtInKind<V1Role>({
  group: RBAC,
  version: 'v1',
  kind: 'Role',
  plural: 'roles',
  namespaced: true,
  createOnUpdate: true,
  validateName,
  validatesMetadataAgain: true,
  admit: admitRole,
  columns: columnsOf(`${RBAC}/v1/Role`),
  validate: ({ rules }) => validateRules(rules, true),
  validateUpdate: ({ rules }) => validateRules(rules, true),
});

export const clusterRoles = builtInKind<V1ClusterRole>({
  group: RBAC,
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  namespaced: false,
  createOnUpdate: true,
  validateName,
  validatesMetadataAgain: true,
  admit: admitClusterRole,
  columns: columnsOf(`${RBAC}/v1/ClusterRole`),
  validate: validateClusterRole,
  validateUpdate: validateClusterRole,
});

function validateClusterRole({ rules, aggregationRule }: DeepReadonly<Typed<V1ClusterRole>>): FieldError[] {
  const errors = validateRules(rules, false);
  if (!aggregationRule) return errors;
  const path = 'aggregationRule.clusterRoleSelectors';
  const selectors = aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) {
    errors.push(required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil'));
  }
  for (const [i, selector] of selectors.entries()) {
    errors.push(...validateLabelSelector(selector as Parameters<typeof validateLabelSelector>[0], `${path}[${i}]`));
  }
  return errors;
}
