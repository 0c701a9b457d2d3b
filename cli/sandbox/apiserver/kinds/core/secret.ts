import type { V1Secret } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { columnsOf } from '../../columns/column.ts';
import { invalid, invalidFor, required, tooLong } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { immutable } from '../../validation/immutable.ts';
import { isConfigMapKey } from '../../validation/names.ts';
import { builtInKind, type Typed } from '../built-in-kind.ts';
import { frozenWhenImmutable, MAX_DATA_BYTES, sizeOfBase64 } from './data.ts';
import { tlsPairProblem } from './tls-pair.ts';

const SERVICE_ACCOUNT_NAME = 'kubernetes.io/service-account.name';

export const secrets = builtInKind<V1Secret>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  selectableFields: { type: ({ type }) => type ?? '' },
  columns: columnsOf<V1Secret>('v1/Secret', {
    Type: ({ type }) => type ?? '',
    Data: ({ data }) => Object.keys(data ?? {}).length,
  }),
  defaults(object) {
    object.type ||= 'Opaque';
    // stringData is for writing only: it is in data from here on.
    if (object.stringData !== undefined) {
      object.data = { ...object.data };
      for (const [key, value] of Object.entries(object.stringData)) object.data[key] = encodeBase64(value);
      delete object.stringData;
    }
  },
  prepareForUpdate(object, stored) {
    // Kubernetes' own: a type that was left out on update stays what it is.
    if (!object.type && stored.type) object.type = stored.type;
  },
  validatesMetadataAgain: true,
  warnings({ type, data = {} }) {
    if (type !== 'kubernetes.io/tls') return [];
    const text = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString('latin1');
    const problem = tlsPairProblem(text('tls.crt'), text('tls.key'));
    return problem === undefined ? [] : [problem];
  },
  validate,
  validateUpdate: (object, stored) => [
    ...immutable('type', object.type, stored.type),
    ...frozenWhenImmutable(object, stored, ['data']),
    ...validate(object),
  ],
});

function encodeBase64(value: string): string {
  return Buffer.from(value).toString('base64');
}

function validate(secret: DeepReadonly<Typed<V1Secret>>): FieldError[] {
  const data = secret.data ?? {};
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(data)) {
    errors.push(...invalidFor(`data[${key}]`, key, isConfigMapKey(key)));
    size += sizeOfBase64(value ?? '');
  }
  if (size > MAX_DATA_BYTES) errors.push(tooLong('data', MAX_DATA_BYTES));
  return [...errors, ...validateType(secret)];
}

/** What each of Kubernetes' own types must hold. */
function validateType({ type, data = {}, metadata }: DeepReadonly<Typed<V1Secret>>): FieldError[] {
  switch (type) {
    case 'kubernetes.io/service-account-token':
      return metadata.annotations?.[SERVICE_ACCOUNT_NAME]
        ? []
        : [required(`metadata.annotations[${SERVICE_ACCOUNT_NAME}]`)];
    case 'kubernetes.io/dockercfg':
      return validateDockerConfig('.dockercfg', data);
    case 'kubernetes.io/dockerconfigjson':
      return validateDockerConfig('.dockerconfigjson', data);
    case 'kubernetes.io/basic-auth':
      return 'username' in data || 'password' in data ? [] : [required('data[username]'), required('data[password]')];
    case 'kubernetes.io/ssh-auth':
      return data['ssh-privatekey'] ? [] : [required('data[ssh-privatekey]')];
    case 'kubernetes.io/tls':
      return ['tls.crt', 'tls.key'].filter((key) => !(key in data)).map((key) => required(`data[${key}]`));
    default:
      return [];
  }
}

function validateDockerConfig(key: string, data: Readonly<Record<string, string>>): FieldError[] {
  const value = data[key];
  if (value === undefined) return [required(`data[${key}]`)];
  const problem = jsonObjectProblem(Buffer.from(value, 'base64').toString());
  return problem === undefined ? [] : [invalid(`data[${key}]`, '<secret contents redacted>', problem)];
}

/** In Go's words, as far as they tell something; the contents themselves are never in them. */
function jsonObjectProblem(text: string): string | undefined {
  if (text === '') return 'unexpected end of JSON input';
  try {
    const value: unknown = JSON.parse(text);
    if (value === null || (typeof value === 'object' && !Array.isArray(value))) return undefined;
    const type = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
    return `json: cannot unmarshal ${type} into Go value of type map[string]interface {}`;
  } catch {
    const first = text.trimStart()[0] ?? ' ';
    const literal = ['null', 'true', 'false'].find((word) => word.startsWith(first));
    if (literal !== undefined) return literalProblem(text.trimStart(), literal);
    return /[[{"0-9-]/.test(first)
      ? 'unexpected end of JSON input'
      : `invalid character '${first}' looking for beginning of value`;
  }
}

function literalProblem(text: string, literal: string): string {
  const at = [...literal].findIndex((character, i) => text[i] !== character);
  const found = text[at];
  if (found === undefined) return 'unexpected end of JSON input';
  return `invalid character '${found}' in literal ${literal} (expecting '${literal[at]}')`;
}
