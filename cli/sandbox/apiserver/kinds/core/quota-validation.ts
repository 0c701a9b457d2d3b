import type { V1ResourceQuota } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { invalid } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { IMMUTABLE } from '../../validation/immutable.ts';
import type { Typed } from '../built-in-kind.ts';
import { validateQuantity, validateResourceName } from '../pods/container-resources.ts';

type Quota = DeepReadonly<Typed<V1ResourceQuota>>;

const NOT_OF_QUOTAS = new Set(['storage']);
const COMPUTE = ['pods', 'cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'];
const ANY: ReadonlySet<string> | undefined = undefined;
/** Of each scope, what a quota with it may limit; `undefined`: anything. */
const SCOPES: Readonly<Record<string, ReadonlySet<string> | undefined>> = {
  Terminating: new Set([...COMPUTE, 'requests.ephemeral-storage', 'limits.ephemeral-storage', 'ephemeral-storage']),
  NotTerminating: new Set([...COMPUTE, 'requests.ephemeral-storage', 'limits.ephemeral-storage', 'ephemeral-storage']),
  BestEffort: new Set(['pods']),
  NotBestEffort: new Set([...COMPUTE, 'requests.ephemeral-storage', 'limits.ephemeral-storage', 'ephemeral-storage']),
  PriorityClass: ANY,
  CrossNamespacePodAffinity: ANY,
  VolumeAttributesClass: ANY,
};
const OPPOSITES = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;

export function validateQuota(quota: Quota): FieldError[] {
  return [...validateHard(quota), ...validateScopes(quota)];
}

function validateScopes({ spec }: Quota): FieldError[] {
  const scopes = spec?.scopes ?? [];
  const path = 'spec.scopes';
  const errors = scopes.flatMap((scope) => {
    if (!(scope in SCOPES)) return [invalid(path, scopes, 'unsupported scope')];
    const limited = SCOPES[scope];
    return limited === undefined
      ? []
      : Object.keys(spec?.hard ?? {}).flatMap((name) =>
          limited.has(name) ? [] : [invalid(path, scopes, 'unsupported scope applied to resource')],
        );
  });
  for (const both of OPPOSITES) {
    if (both.every((scope) => scopes.includes(scope))) errors.push(invalid(path, scopes, 'conflicting scopes'));
  }
  return errors;
}

function validateHard({ spec }: Quota): FieldError[] {
  return Object.entries(spec?.hard ?? {}).flatMap(([name, quantity]) => {
    const path = `spec.hard[${name}]`;
    const errors = validateResourceName(name, path);
    const isKnown = errors.length === 0 && !NOT_OF_QUOTAS.has(name);
    return [
      ...errors,
      ...(isKnown || name.includes('/') ? [] : [invalid(path, name, 'must be a standard resource for quota')]),
      ...validateQuantity(name, quantity, path),
    ];
  });
}

export function validateQuotaUpdate(quota: Quota, stored: Quota): FieldError[] {
  const now = [...(quota.spec?.scopes ?? [])].sort();
  const before = [...(stored.spec?.scopes ?? [])].sort();
  const same = now.length === before.length && now.every((scope, i) => scope === before[i]);
  return [...validateQuota(quota), ...(same ? [] : [invalid('spec.scopes', quota.spec?.scopes ?? null, IMMUTABLE)])];
}
