import type { V1PodSecurityContext, V1SecurityContext } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { invalid, notSupported } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';

const MAX_ID = 2147483647;

export function validateContainerSecurity(
  context: DeepReadonly<V1SecurityContext> | undefined,
  path: string,
): FieldError[] {
  if (context === undefined) return [];
  const errors = [
    ...validateId(context.runAsUser, `${path}.runAsUser`),
    ...validateId(context.runAsGroup, `${path}.runAsGroup`),
    ...validateProfile(context.seccompProfile, `${path}.seccompProfile`),
  ];
  if (context.allowPrivilegeEscalation === false && context.privileged === true) {
    const why = 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true';
    errors.push(invalid(path, context, why));
  }
  return errors;
}

export function validatePodSecurity(
  context: DeepReadonly<V1PodSecurityContext> | undefined,
  path: string,
): FieldError[] {
  if (context === undefined) return [];
  const policies = ['Always', 'OnRootMismatch'];
  const policy = context.fsGroupChangePolicy;
  return [
    ...validateId(context.fsGroup, `${path}.fsGroup`),
    ...validateId(context.runAsUser, `${path}.runAsUser`),
    ...validateId(context.runAsGroup, `${path}.runAsGroup`),
    ...(context.supplementalGroups ?? []).flatMap((group, i) => validateId(group, `${path}.supplementalGroups[${i}]`)),
    ...(policy !== undefined && !policies.includes(policy)
      ? [notSupported(`${path}.fsGroupChangePolicy`, policy, policies)]
      : []),
    ...validateProfile(context.seccompProfile, `${path}.seccompProfile`),
  ];
}

function validateId(id: number | undefined, path: string): FieldError[] {
  if (id === undefined || (id >= 0 && id <= MAX_ID)) return [];
  return [invalid(path, id, `must be between 0 and ${MAX_ID}, inclusive`)];
}

function validateProfile(profile: { readonly type: string } | undefined, path: string): FieldError[] {
  const types = ['Localhost', 'RuntimeDefault', 'Unconfined'];
  if (profile === undefined || types.includes(profile.type)) return [];
  return [notSupported(`${path}.type`, profile.type, types)];
}
