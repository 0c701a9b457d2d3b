import type { DeepReadonly, KubeObject } from '../../../../../apis/meta/v1.ts';
import { internalError, StatusError } from '../../errors/status-error.ts';
import type { JsonObject } from '../../patch/json-object.ts';
import { applyJsonPatch } from '../../patch/json-patch.ts';
import type { ResourceDefinition } from '../../resources/resource-definition.ts';
import { decodingProblems } from '../../schema/decoding.ts';
import { applyDefaults } from '../../schema/defaults.ts';
import { pruneUnknown } from '../../schema/prune.ts';
import { CallFailure } from './review.ts';

/**
 * The object with the patch of a webhook carried out, read and defaulted again.
 *
 * @throws {CallFailure} it is no patch
 * @throws {StatusError} 500: it does not fit the object, or what comes out is none of its kind
 */
export function patchedBy(
  encoded: string,
  object: DeepReadonly<KubeObject>,
  definition: Pick<ResourceDefinition, 'schema' | 'custom' | 'strategy'>,
): KubeObject {
  const operations = decoded(encoded);
  let patched: JsonObject = object as unknown as JsonObject;
  for (const operation of operations) {
    try {
      patched = applyJsonPatch(patched, [operation]);
    } catch (error) {
      if (error instanceof StatusError) throw internalError(misfit(operation));
      throw error;
    }
  }
  // Kinds are the owners of what they default: nothing of the object that came in may be changed with it.
  const result = structuredClone(patched) as unknown as KubeObject;
  const { schema, custom, strategy } = definition;
  if (schema !== undefined) {
    const problem = decodingProblems(schema, result);
    if (problem !== undefined) throw internalError(problem);
    pruneUnknown(schema, result);
    if (custom) applyDefaults(schema, result);
  }
  strategy.setDefaults?.(result);
  return result;
}

interface Operation {
  readonly op?: string;
  readonly path?: string;
  readonly from?: string;
}

function decoded(encoded: string): readonly Operation[] {
  let operations: unknown;
  try {
    operations = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CallFailure(`received undecodable patch in webhook response: ${why}`);
  }
  if (!Array.isArray(operations)) {
    const why = 'json: cannot unmarshal object into Go value of type jsonpatch.Patch';
    throw new CallFailure(`received undecodable patch in webhook response: ${why}`);
  }
  return operations as readonly Operation[];
}

/** As Kubernetes' patch library tells of an operation that leads nowhere. */
function misfit({ op = 'unknown', path = '', from = '' }: Operation): string {
  const missing = 'missing value';
  switch (op) {
    case 'add':
    case 'remove':
      return `${op} operation does not apply: doc is missing path: "${path}": ${missing}`;
    case 'replace':
      return `replace operation does not apply: doc is missing path: ${path}: ${missing}`;
    case 'move':
    case 'copy':
      return `${op} operation does not apply: doc is missing from path: ${from}: ${missing}`;
    case 'test':
      return `testing value ${path} failed: test failed`;
    default:
      return `Unexpected kind: ${op}`;
  }
}
