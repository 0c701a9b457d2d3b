import type { DeepReadonly, KubeObject } from '../../../../../apis/meta/v1.ts';
import { bareFailure, internalError, StatusError } from '../../errors/status-error.ts';
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
  { patch, patchType }: { readonly patch: string; readonly patchType: string },
  object: DeepReadonly<KubeObject>,
  definition: Pick<ResourceDefinition, 'group' | 'version' | 'kind' | 'schema' | 'custom' | 'strategy'>,
): KubeObject {
  const operations = decoded(patch);
  if (operations.length === 0) return object as KubeObject;
  if (patchType !== 'JSONPatch') throw new CallFailure(`unsupported patch type ${JSON.stringify(patchType)}`);
  let patched: JsonObject = object as unknown as JsonObject;
  for (const operation of operations) {
    try {
      patched = applyJsonPatch(patched, [operation]);
    } catch (error) {
      if (error instanceof StatusError) throw internalError(misfit(operation, patched));
      throw error;
    }
  }
  // Kinds are the owners of what they default: nothing of the object that came in may be changed with it.
  const result = structuredClone(patched) as unknown as KubeObject;
  const { schema, custom, strategy } = definition;
  if (result.kind !== object.kind) throw anotherKind(definition, result);
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
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  let operations: unknown;
  try {
    operations = JSON.parse(text);
  } catch {
    const why = `invalid character '${[...text.trimStart()][0] ?? ''}' looking for beginning of value`;
    throw new CallFailure(`received undecodable patch in webhook response: ${why}`);
  }
  if (!Array.isArray(operations)) {
    const why = 'json: cannot unmarshal object into Go value of type jsonpatch.Patch';
    throw new CallFailure(`received undecodable patch in webhook response: ${why}`);
  }
  return operations as readonly Operation[];
}

/** As Kubernetes' patch library tells of an operation that leads nowhere. */
function misfit({ op = 'unknown', path = '', from = '' }: Operation, object: unknown): string {
  const missing = 'missing value';
  const inside = hasParent(object, path);
  const key = path.split('/').at(-1) ?? '';
  switch (op) {
    case 'add':
      return `add operation does not apply: doc is missing path: "${path}": ${missing}`;
    case 'remove':
      return inside
        ? `error in remove for path: '${path}': Unable to remove nonexistent key: ${key}: ${missing}`
        : `remove operation does not apply: doc is missing path: "${path}": ${missing}`;
    case 'replace':
      return `replace operation does not apply: doc is missing ${inside ? 'key' : 'path'}: ${path}: ${missing}`;
    case 'move': {
      const own = from.split('/').at(-1) ?? '';
      return hasParent(object, from)
        ? `error in move for path: '${own}': Unable to remove nonexistent key: ${own}: ${missing}`
        : `move operation does not apply: doc is missing from path: ${from}: ${missing}`;
    }
    case 'copy':
      return `copy operation does not apply: doc is missing from path: ${from}: ${missing}`;
    case 'test':
      return inside
        ? `testing value ${path} failed: test failed`
        : `test operation does not apply: is missing path: ${path}: ${missing}`;
    default:
      return `Unexpected kind: ${op}`;
  }
}

/** Whether there is something at all in which the last key of a JSON pointer could be. */
function hasParent(object: unknown, pointer: string): boolean {
  let found: unknown = object;
  for (const key of pointer.split('/').slice(1, -1)) {
    const name = key.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return false;
    found = (found as Readonly<Record<string, unknown>>)[name];
  }
  return typeof found === 'object' && found !== null;
}

/** Kubernetes gives up where it puts the result into its own type, without a reason. */
function anotherKind({ group, version, kind }: Pick<ResourceDefinition, 'group' | 'version' | 'kind'>, to: KubeObject) {
  const internal = group === '' ? 'core' : (group.split('.')[0] ?? group);
  const message = `converting (${version}.${to.kind}) to (${internal}.${kind}): unknown conversion`;
  return bareFailure(message);
}
