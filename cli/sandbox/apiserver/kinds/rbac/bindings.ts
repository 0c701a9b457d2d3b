import type { RbacV1Subject, V1ClusterRoleBinding, V1RoleBinding } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { admitClusterRoleBinding, admitRoleBinding } from '../../authorization/escalation.ts';
import { type Cell, columnsOf } from '../../columns/column.ts';
import { invalid, invalidFor, notSupported, required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { semanticallyEqual } from '../../validation/immutable.ts';
import { isDns1123Subdomain, isPathSegmentName } from '../../validation/names.ts';
import { builtInKind, type Typed } from '../built-in-kind.ts';
import { RBAC } from './rules.ts';

type Binding = V1RoleBinding | V1ClusterRoleBinding;

const shared = {
  group: RBAC,
  version: 'v1',
  createOnUpdate: true,
  validatesMetadataAgain: true,
  validateName: (name: string): string[] => isPathSegmentName(name),
  defaults(binding: Typed<Binding>): void {
    // A reference without a group means RBAC's own; so do users and groups, and ServiceAccounts mean the core group.
    if (!binding.roleRef.apiGroup) binding.roleRef.apiGroup = RBAC;
    for (const subject of binding.subjects ?? []) {
      if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ??= RBAC;
    }
  },
};

const cells: Readonly<Record<string, Cell<Binding>>> = {
  Role: ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`,
  Users: (binding) => namesOf(binding, 'User'),
  Groups: (binding) => namesOf(binding, 'Group'),
  ServiceAccounts: (binding) => namesOf(binding, 'ServiceAccount'),
};

export const roleBindings = builtInKind<V1RoleBinding>({
  ...shared,
  kind: 'RoleBinding',
  plural: 'rolebindings',
  namespaced: true,
  admit: admitRoleBinding,
  columns: columnsOf<Binding>(`${RBAC}/v1/RoleBinding`, cells),
  validate: (binding) => validateBinding(binding, true),
  validateUpdate: (binding, stored) => [...validateBinding(binding, true), ...sameRole(binding, stored)],
});

export const clusterRoleBindings = builtInKind<V1ClusterRoleBinding>({
  ...shared,
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  namespaced: false,
  admit: admitClusterRoleBinding,
  columns: columnsOf<Binding>(`${RBAC}/v1/ClusterRoleBinding`, cells),
  validate: (binding) => validateBinding(binding, false),
  validateUpdate: (binding, stored) => [...validateBinding(binding, false), ...sameRole(binding, stored)],
});

function namesOf({ subjects }: DeepReadonly<Binding>, wanted: string): string {
  const found = (subjects ?? []).filter(({ kind }) => kind === wanted);
  return found.map(({ namespace, name }) => (namespace ? `${namespace}/${name}` : name)).join(', ');
}

function validateBinding({ roleRef, subjects }: DeepReadonly<Typed<Binding>>, namespaced: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  if (roleRef.apiGroup !== RBAC) errors.push(notSupported('roleRef.apiGroup', roleRef.apiGroup, [RBAC]));
  if (!kinds.includes(roleRef.kind)) errors.push(notSupported('roleRef.kind', roleRef.kind ?? '', kinds));
  if (!roleRef.name) errors.push(required('roleRef.name'));
  else errors.push(...invalidFor('roleRef.name', roleRef.name, isPathSegmentName(roleRef.name)));
  for (const [i, subject] of (subjects ?? []).entries()) {
    errors.push(...validateSubject(subject, namespaced, `subjects[${i}]`));
  }
  return errors;
}

function validateSubject(subject: DeepReadonly<RbacV1Subject>, namespaced: boolean, path: string): FieldError[] {
  const { kind, name, namespace, apiGroup = '' } = subject;
  const errors = name ? [] : [required(`${path}.name`)];
  switch (kind) {
    case 'ServiceAccount':
      if (name) errors.push(...invalidFor(`${path}.name`, name, isDns1123Subdomain(name)));
      if (apiGroup !== '') errors.push(notSupported(`${path}.apiGroup`, apiGroup, ['']));
      if (!namespaced && !namespace) errors.push(required(`${path}.namespace`));
      return errors;
    case 'User':
    case 'Group':
      if (apiGroup !== RBAC) errors.push(notSupported(`${path}.apiGroup`, apiGroup, [RBAC]));
      return errors;
    default:
      errors.push(notSupported(`${path}.kind`, kind ?? '', ['ServiceAccount', 'User', 'Group']));
      return errors;
  }
}

/** Who may bind a role was decided for that role. */
function sameRole({ roleRef }: DeepReadonly<Typed<Binding>>, stored: DeepReadonly<Typed<Binding>>): FieldError[] {
  if (semanticallyEqual(roleRef, stored.roleRef)) return [];
  // Go shows its internal type, whose fields have no JSON names.
  const shown = { APIGroup: roleRef.apiGroup, Kind: roleRef.kind, Name: roleRef.name };
  return [invalid('roleRef', shown, 'cannot change roleRef')];
}
