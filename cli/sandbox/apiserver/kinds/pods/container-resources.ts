import type { V1ResourceRequirements } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { quantityOf } from '../../encoding/quantity.ts';
import { invalid, invalidFor, required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { isQualifiedName } from '../../validation/names.ts';

const OF_CONTAINERS = new Set(['cpu', 'memory', 'ephemeral-storage']);
const NATIVE = 'kubernetes.io/';
const MILLI = 1_000_000n;
/** Of objects, and so whole numbers; all of them may stand in a quota. */
const COUNTED = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);
const STANDARD = new Set([
  ...OF_CONTAINERS,
  ...COUNTED,
  ...['requests.cpu', 'requests.memory', 'requests.ephemeral-storage', 'requests.storage', 'storage'],
  ...['limits.cpu', 'limits.memory', 'limits.ephemeral-storage'],
]);

/** Limits and requests of a container: known names, no negative amounts, no request above its limit. */
export function validateResources(
  { limits = {}, requests = {} }: DeepReadonly<V1ResourceRequirements>,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const [name, quantity] of Object.entries(limits)) {
    const at = `${path}.limits[${name}]`;
    errors.push(...validateContainerResourceName(name, at), ...validateQuantity(name, quantity, at));
  }
  for (const [name, quantity] of Object.entries(requests)) {
    const at = `${path}.requests[${name}]`;
    errors.push(...validateContainerResourceName(name, at), ...validateQuantity(name, quantity, at));
    errors.push(...validateAgainstLimit(name, quantity, limits[name], path));
  }
  return errors;
}

function validateAgainstLimit(name: string, request: string, limit: string | undefined, path: string): FieldError[] {
  const mayOvercommit = isNative(name) && !isHugePages(name);
  if (limit === undefined) {
    return mayOvercommit ? [] : [required(`${path}.limits`, 'Limit must be set for non overcommitable resources')];
  }
  const wanted = quantityOf(request).nano;
  const allowed = quantityOf(limit).nano;
  if (wanted !== allowed && !mayOvercommit) {
    return [invalid(`${path}.requests`, request, `must be equal to ${name} limit of ${limit}`)];
  }
  if (wanted <= allowed) return [];
  return [invalid(`${path}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`)];
}

export function validateContainerResourceName(name: string, path: string): FieldError[] {
  const errors = validateResourceName(name, path);
  if (!name.includes('/')) {
    if (OF_CONTAINERS.has(name) || isHugePages(name)) return errors;
    return [...errors, invalid(path, name, 'must be a standard resource for containers')];
  }
  if (isNative(name) || isExtended(name)) return errors;
  return [...errors, invalid(path, name, "doesn't follow extended resource name standard")];
}

export function validateResourceName(name: string, path: string): FieldError[] {
  const malformed = invalidFor(path, name, isQualifiedName(name));
  if (malformed.length > 0 || name.includes('/') || STANDARD.has(name)) return malformed;
  if (isHugePages(name) || name.startsWith('requests.hugepages-')) return [];
  return [invalid(path, name, 'must be a standard resource type or fully qualified')];
}

/** Not negative, and whole where things are counted. */
export function validateQuantity(name: string, quantity: string, path: string): FieldError[] {
  const { nano } = quantityOf(quantity);
  const errors = nano < 0n ? [invalid(path, quantity, 'must be greater than or equal to 0')] : [];
  if ((COUNTED.has(name) || isExtended(name)) && (nano / MILLI) % 1000n !== 0n) {
    errors.push(invalid(path, quantity, 'must be an integer'));
  }
  return errors;
}

function isHugePages(name: string): boolean {
  return name.startsWith('hugepages-');
}

export function isNative(name: string): boolean {
  return !name.includes('/') || name.includes(NATIVE);
}

function isExtended(name: string): boolean {
  return !isNative(name) && !name.startsWith('requests.') && isQualifiedName(`requests.${name}`).length === 0;
}
