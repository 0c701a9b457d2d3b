import { expect, it } from 'vitest';
import { modeFor } from './rights.ts';

it.each([
  ['a first join grants what the enabled types need', {}, undefined, 'types'],
  ['a join that mends keeps the wide role that was asked for before', {}, 'full', 'full'],
  ['a join that mends keeps the right to propagate roles', {}, 'types+rbac', 'types+rbac'],
  ['a role is narrowed when that is said', { rbac: 'types' }, 'full', 'types'],
  ['a role is widened when that is said', { rbac: 'full' }, 'types', 'full'],
  ['roles may be propagated when that is said', { allowRbacPropagation: true }, 'types', 'types+rbac'],
] as const)('%s', (_, asked, present, mode) => {
  expect(modeFor({ allowRbacPropagation: false, ...asked }, present)).toBe(mode);
});
