import type { V1ResourceQuota } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { invalid } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import type { Typed } from '../built-in-kind.ts';
import { validateQuantity, validateResourceName } from '../pods/container-resources.ts';
import { IMMUTABLE } from '../validation/immutable.ts';

type Quota = DeepReadonly<Typed<V1ResourceQuota>>;

const NOT_OF_QUOTAS = new Set(['storage']);

export function validateQuota({ spec }: Quota): FieldError[] {
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
