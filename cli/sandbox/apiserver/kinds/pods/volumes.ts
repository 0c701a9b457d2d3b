import type { V1KeyToPath, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { quantityOf } from '../../encoding/quantity.ts';
import { duplicate, forbiddenField, invalid, missing, notSupported, required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { validateDnsLabel } from '../../validation/fields.ts';

type Volume = DeepReadonly<V1Volume>;
type Mount = DeepReadonly<V1VolumeMount>;

const HOST_PATH_TYPES = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];
const MODE = 'must be a number between 0 and 0777 (octal), both inclusive';

/** The errors, and the names of the volumes that are well. */
export function validateVolumes(
  volumes: readonly Volume[],
  path: string,
): { readonly errors: FieldError[]; readonly names: ReadonlySet<string> } {
  const names = new Set<string>();
  const errors: FieldError[] = [];
  for (const [i, volume] of volumes.entries()) {
    const at = `${path}[${i}]`;
    const { name } = volume;
    const own = [
      ...validateSource(volume, at),
      ...(name === '' ? [required(`${at}.name`)] : validateDnsLabel(name, `${at}.name`)),
      ...(names.has(name) ? [duplicate(`${at}.name`, name)] : []),
    ];
    if (own.length === 0) names.add(name);
    errors.push(...own);
  }
  return { errors, names };
}

function validateSource(volume: Volume, path: string): FieldError[] {
  const sources = Object.keys(volume).filter((key) => key !== 'name');
  const more = sources
    .slice(1)
    .map((source) => forbiddenField(`${path}.${source}`, 'may not specify more than 1 volume type'));
  const [first] = sources;
  return [...(first === undefined ? [] : validateOneSource(volume, first, `${path}.${first}`)), ...more];
}

function validateOneSource(volume: Volume, source: string, path: string): FieldError[] {
  switch (source) {
    case 'emptyDir': {
      const limit = volume.emptyDir?.sizeLimit;
      if (limit === undefined || quantityOf(limit).nano >= 0n) return [];
      return [forbiddenField(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')];
    }
    case 'hostPath': {
      const { path: directory = '', type = '' } = volume.hostPath ?? {};
      if (directory === '') return [required(`${path}.path`)];
      return [
        ...validateNoBacksteps(directory, `${path}.path`),
        ...(HOST_PATH_TYPES.includes(type) ? [] : [notSupported(`${path}.type`, type, HOST_PATH_TYPES)]),
      ];
    }
    case 'secret':
      return [
        ...(volume.secret?.secretName ? [] : [required(`${path}.secretName`)]),
        ...validateFiles(volume.secret?.defaultMode, volume.secret?.items, path),
      ];
    case 'configMap':
      return [
        ...(volume.configMap?.name ? [] : [required(`${path}.name`)]),
        ...validateFiles(volume.configMap?.defaultMode, volume.configMap?.items, path),
      ];
    case 'persistentVolumeClaim':
      return volume.persistentVolumeClaim?.claimName ? [] : [required(`${path}.claimName`)];
    case 'nfs': {
      const { server = '', path: directory = '' } = volume.nfs ?? {};
      return [
        ...(server === '' ? [required(`${path}.server`)] : []),
        ...(directory === '' ? [required(`${path}.path`)] : []),
        ...(directory.startsWith('/') ? [] : [invalid(`${path}.path`, directory, 'must be an absolute path')]),
      ];
    }
    case 'projected':
      return validateFiles(volume.projected?.defaultMode, undefined, path);
    case 'csi':
      return volume.csi?.driver ? [] : [required(`${path}.driver`)];
    default:
      return [];
  }
}

function validateFiles(
  mode: number | undefined,
  items: readonly DeepReadonly<V1KeyToPath>[] | undefined,
  path: string,
): FieldError[] {
  const wrongMode = (value: number | undefined): value is number => value !== undefined && (value > 0o777 || value < 0);
  return [
    ...(wrongMode(mode) ? [invalid(`${path}.defaultMode`, mode, MODE)] : []),
    ...(items ?? []).flatMap(({ key, path: file, mode: own }, i) => {
      const at = `${path}.items[${i}]`;
      return [
        ...(key === '' ? [required(`${at}.key`)] : []),
        ...(file === '' ? [required(`${at}.path`)] : []),
        ...validateDescending(file, `${at}.path`),
        ...(file.startsWith('..') && !file.startsWith('../') && file !== '..'
          ? [invalid(`${at}.path`, file, "must not start with '..'")]
          : []),
        ...(wrongMode(own) ? [invalid(`${at}.mode`, own, MODE)] : []),
      ];
    }),
  ];
}

export function validateMounts(mounts: readonly Mount[], volumes: ReadonlySet<string>, path: string): FieldError[] {
  const points = new Set<string>();
  return mounts.flatMap((mount, i) => {
    const at = `${path}[${i}]`;
    const { name, mountPath, subPath = '', subPathExpr = '' } = mount;
    const errors: FieldError[] = [];
    if (name === '') errors.push(required(`${at}.name`));
    if (!volumes.has(name)) errors.push(missing(`${at}.name`, name));
    if (mountPath === '') errors.push(required(`${at}.mountPath`));
    if (points.has(mountPath)) errors.push(invalid(`${at}.mountPath`, mountPath, 'must be unique'));
    points.add(mountPath);
    if (subPath !== '') errors.push(...validateDescending(subPath, `${path}.subPath`));
    if (subPathExpr !== '') {
      if (subPath !== '') {
        const why = 'subPathExpr and subPath are mutually exclusive';
        errors.push(invalid(`${at}.subPathExpr`, subPathExpr, why));
      }
      errors.push(...validateDescending(subPathExpr, `${path}.subPathExpr`));
    }
    return errors;
  });
}

function validateDescending(value: string, path: string): FieldError[] {
  const absolute = value.startsWith('/') ? [invalid(path, value, 'must be a relative path')] : [];
  return [...absolute, ...validateNoBacksteps(value, path)];
}

function validateNoBacksteps(value: string, path: string): FieldError[] {
  return value.split('/').includes('..') ? [invalid(path, value, "must not contain '..'")] : [];
}
