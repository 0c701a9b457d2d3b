import type { IncomingMessage } from 'node:http';
import type { FieldValidation } from '../decoding/decode-object.ts';
import { forbiddenField, notSupported, required } from '../errors/field-errors.ts';
import type { FieldError } from '../errors/status-error.ts';
import { isTrue } from '../routing/request-info.ts';
import { validateFieldManager } from '../validation/object-meta.ts';
import { invalidOptions } from './option-errors.ts';

export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
  /** As given, else what the client calls itself. */
  readonly fieldManager: string;
  readonly force: boolean;
}

const VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn'];

/** @throws {StatusError} 422 */
export function writeOptionsOf(
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
  query: URLSearchParams,
  request: IncomingMessage,
  isApply = false,
): WriteOptions {
  const errors: FieldError[] = [];
  const force = query.get('force');
  const manager = query.get('fieldManager') ?? '';
  if (kind === 'PatchOptions' && !isApply && force !== null) {
    errors.push(forbiddenField('force', 'may not be specified for non-apply patch'));
  }
  if (isApply && manager === '') errors.push(required('fieldManager', 'is required for apply patch'));
  errors.push(...validateFieldManager(manager, 'fieldManager'));
  const dryRun = query.getAll('dryRun');
  errors.push(...dryRunErrors(dryRun));
  const validation = query.get('fieldValidation') ?? '';
  if (!VALIDATIONS.includes(validation)) errors.push(notSupported('fieldValidation', validation, VALIDATIONS));
  if (errors.length > 0) throw invalidOptions(kind, errors);
  return {
    dryRun: dryRun.length > 0,
    fieldValidation: validation === '' ? 'Warn' : (validation as FieldValidation),
    fieldManager: fieldManagerOf(query, request),
    force: isTrue(force),
  };
}

/** As given, else what the client calls itself. */
export function fieldManagerOf(query: URLSearchParams, request: IncomingMessage): string {
  return query.get('fieldManager') || managerOf(request.headers['user-agent'] ?? '');
}

/** Anything but `All`. */
export function dryRunErrors(dryRun: readonly unknown[]): FieldError[] {
  return dryRun.every((value) => value === 'All') ? [] : [notSupported('dryRun', dryRun, ['All'])];
}

/** `kubectl` of `kubectl/v1.32.0 (linux/amd64) …`. */
function managerOf(userAgent: string): string {
  const [product = ''] = userAgent.split('/', 1);
  return product.replace(/[^\x20-\x7e]/g, '').slice(0, 128);
}
