import type { V1EnvFromSource, V1EnvVar, V1EnvVarSource } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { invalid, invalidFor, notSupported, required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { validateDnsSubdomain, validateQualifiedName } from '../../validation/fields.ts';
import { isConfigMapKey, isEnvVarName } from '../../validation/names.ts';
import { nameIsDnsSubdomain } from '../../validation/object-meta.ts';

type Variable = DeepReadonly<V1EnvVar>;
type Source = DeepReadonly<V1EnvVarSource>;

const SOURCES = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'] as const;
const FIELD_PATHS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
const RESOURCES = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];

export function validateEnv(variables: readonly Variable[], path: string): FieldError[] {
  return variables.flatMap((variable, i) => {
    const at = `${path}[${i}]`;
    const { name, value = '', valueFrom } = variable;
    const errors = name === '' ? [required(`${at}.name`)] : invalidFor(`${at}.name`, name, isEnvVarName(name));
    return valueFrom === undefined ? errors : [...errors, ...validateSource(valueFrom, value, `${at}.valueFrom`)];
  });
}

function validateSource(source: Source, value: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const used = SOURCES.filter((name) => source[name] !== undefined);
  if (source.fieldRef) errors.push(...validateFieldRef(source.fieldRef, `${path}.fieldRef`));
  if (source.resourceFieldRef) {
    const { resource } = source.resourceFieldRef;
    const at = `${path}.resourceFieldRef.resource`;
    if (resource === '') errors.push(required(at));
    else if (!RESOURCES.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource)) {
      errors.push(notSupported(at, resource, RESOURCES));
    }
  }
  for (const name of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const reference = source[name];
    if (!reference) continue;
    errors.push(...validateDnsSubdomain(reference.name ?? '', `${path}.${name}.name`));
    const at = `${path}.${name}.key`;
    if (reference.key === '') errors.push(required(at));
    else errors.push(...invalidFor(at, reference.key, isConfigMapKey(reference.key)));
  }
  if (used.length === 0) {
    const all = SOURCES.map((name) => `\`${name}\``);
    const why = `must specify one of: ${all.slice(0, -1).join(', ')} or ${all.at(-1)}`;
    errors.push(invalid(path, '', why));
  } else if (value !== '') errors.push(invalid(path, '', 'may not be specified when `value` is not empty'));
  else if (used.length > 1) errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
  return errors;
}

function validateFieldRef({ fieldPath }: { readonly fieldPath: string }, path: string): FieldError[] {
  if (fieldPath === '') return [required(`${path}.fieldPath`)];
  const [, map, key] = /^(metadata\.(?:annotations|labels))\['(.*)'\]$/.exec(fieldPath) ?? [];
  if (map !== undefined && key !== undefined) {
    return validateQualifiedName(map === 'metadata.annotations' ? key.toLowerCase() : key, path);
  }
  if (FIELD_PATHS.includes(fieldPath)) return [];
  if (fieldPath === 'metadata.annotations' || fieldPath === 'metadata.labels') {
    return [notSupported(`${path}.fieldPath`, fieldPath, FIELD_PATHS)];
  }
  const why = `error converting fieldPath: field label not supported: ${fieldPath}`;
  return [invalid(`${path}.fieldPath`, fieldPath, why)];
}

export function validateEnvFrom(sources: readonly DeepReadonly<V1EnvFromSource>[], path: string): FieldError[] {
  return sources.flatMap((source, i) => {
    const { prefix = '', configMapRef, secretRef } = source;
    const errors = prefix === '' ? [] : invalidFor(`${path}[${i}].prefix`, prefix, isEnvVarName(prefix));
    for (const [name, reference] of Object.entries({ configMapRef, secretRef })) {
      if (reference === undefined) continue;
      const at = `${path}[${i}].${name}.name`;
      const named = reference.name ?? '';
      errors.push(...(named === '' ? [required(at)] : invalidFor(at, named, nameIsDnsSubdomain(named, true))));
    }
    if (!configMapRef && !secretRef) {
      errors.push(invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    } else if (configMapRef && secretRef) {
      errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
    }
    return errors;
  });
}
