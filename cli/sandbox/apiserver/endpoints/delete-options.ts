import { decodeEachOccurrence } from '../decoding/each-occurrence.ts';
import { BodyProblem, parseBody } from '../decoding/parse-body.ts';
import { invalid, notSupported } from '../errors/field-errors.ts';
import { badRequest, type FieldError } from '../errors/status-error.ts';
import type { DeleteOptions } from '../registry/deletion.ts';
import { isTrue } from '../routing/request-info.ts';
import { builtInType } from '../schema/built-in.ts';
import { decodingProblems } from '../schema/decoding.ts';
import { isMap } from '../schema/json-value.ts';
import type { Schema } from '../schema/schema.ts';
import { integerOf, invalidOptions } from './option-errors.ts';
import { dryRunErrors } from './write-options.ts';

const POLICIES = ['Foreground', 'Background', 'Orphan'];

export type DeleteRequest = DeleteOptions & { readonly dryRun: boolean };

/** Out of the body, or the query where there is none. @throws {StatusError} 400, 415, 422 */
export function deleteOptionsOf(text: string, contentType: string, query: URLSearchParams): DeleteRequest {
  return text === '' ? validated(fromQuery(query)) : validated(fromBody(text, contentType));
}

function fromBody(text: string, contentType: string): Record<string, unknown> {
  try {
    const { value: sent, repeats, isYaml } = parseBody(text, contentType, false);
    const value = repeats === true && isYaml !== true ? eachTime(text) : (sent ?? {});
    if (!isMap(value))
      throw new BodyProblem('json: cannot unmarshal the body into Go value of type v1.DeleteOptions', true);
    const { kind, apiVersion = 'v1' } = value;
    // Whose it is said to be counts only with a kind.
    if (kind !== undefined && kind !== null && kind !== '' && kind !== 'DeleteOptions') {
      const version = value.apiVersion === undefined ? 'meta.k8s.io/v1' : String(apiVersion);
      throw badRequest(
        `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(version)} in scheme "pkg/runtime/scheme.go:111"`,
      );
    }
    return value;
  } catch (error) {
    if (!(error instanceof BodyProblem)) throw error;
    throw badRequest(error.isJson ? `couldn't get version/kind; json parse error: ${error.message}` : error.message);
  }
}

/** Of keys that come twice each value has to fit. */
function eachTime(text: string): unknown {
  const { value, problem } = decodeEachOccurrence(deleteOptionsSchema(), text);
  if (problem !== undefined) throw badRequest(problem);
  return value;
}

function deleteOptionsSchema(): Schema {
  return builtInType('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions') ?? {};
}

function fromQuery(query: URLSearchParams): Record<string, unknown> {
  const grace = integerOf(query.get('gracePeriodSeconds'));
  const orphan = query.get('orphanDependents');
  const [uid, resourceVersion] = [query.get('uid'), query.get('resourceVersion')];
  return {
    dryRun: query.getAll('dryRun'),
    ...(grace === undefined ? {} : { gracePeriodSeconds: Math.min(grace, Number.MAX_SAFE_INTEGER) }),
    ...(orphan === null ? {} : { orphanDependents: isTrue(orphan) }),
    ...(query.has('propagationPolicy') ? { propagationPolicy: query.get('propagationPolicy') } : {}),
    preconditions: { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) },
  };
}

function validated(options: Record<string, unknown>): DeleteRequest {
  const { gracePeriodSeconds, orphanDependents, propagationPolicy, preconditions } = options;
  const dryRun = options.dryRun ?? [];
  const wrong = decodingProblems(deleteOptionsSchema(), options);
  if (wrong !== undefined) throw badRequest(wrong);
  const { uid, resourceVersion } = isMap(preconditions) ? preconditions : {};
  const errors: FieldError[] = [];
  if (orphanDependents != null && propagationPolicy != null) {
    errors.push(
      invalid('propagationPolicy', propagationPolicy, 'orphanDependents and deletionPropagation cannot be both set'),
    );
  }
  if (propagationPolicy != null && !POLICIES.includes(String(propagationPolicy))) {
    errors.push(notSupported('propagationPolicy', propagationPolicy, [...POLICIES, 'nil']));
  }
  errors.push(...dryRunErrors(Array.isArray(dryRun) ? dryRun : [dryRun]));
  if (errors.length > 0) throw invalidOptions('DeleteOptions', errors);
  const policy =
    propagationPolicy ?? (orphanDependents == null ? undefined : orphanDependents ? 'Orphan' : 'Background');
  return {
    dryRun: Array.isArray(dryRun) && dryRun.length > 0,
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
    ...(typeof gracePeriodSeconds === 'number' ? { gracePeriodSeconds } : {}),
    ...(policy === undefined ? {} : { propagationPolicy: policy as 'Orphan' | 'Background' | 'Foreground' }),
  };
}
