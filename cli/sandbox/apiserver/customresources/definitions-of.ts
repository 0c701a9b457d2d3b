import { createHash } from 'node:crypto';
import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import { deepFreeze } from '../../../../controller/kube/deep-freeze.ts';
import type { ResourceDefinition, Subresource, Verb } from '../resources/resource-definition.ts';
import type { Schema } from '../schema/schema.ts';
import { wholeSchema } from '../schema/whole-schema.ts';
import { asReadonlyCrd, type Crd, type CrdNames, type CrdVersion, isEstablished } from './crd.ts';
import { customResourceStrategy } from './custom-resource-strategy.ts';
import { parseJsonPath, printed } from './json-path.ts';
import { columnsOf } from './printer-columns.ts';
import { scaleSubresource } from './scale-subresource.ts';

const VERBS: readonly Verb[] = Object.freeze([
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
] as const);

/** Definitions by what they were made of: a thousand servers with the same CRD share one. */
const shared = new Map<string, WeakRef<readonly ResourceDefinition[]>>();
const forget = new FinalizationRegistry<string>((key) => {
  if (shared.get(key)?.deref() === undefined) shared.delete(key);
});

/**
 * The resources that an established CRD adds to its server: one for each version that is served, the preferred first. None for a
 * CRD that is not established. Equal CRDs give the very same definitions, whichever server they are of.
 */
export function definitionsOf(object: DeepReadonly<KubeObject>): readonly ResourceDefinition[] {
  const crd = asReadonlyCrd(object);
  if (!isEstablished(crd)) return [];
  const text = JSON.stringify([crd.spec, crd.status?.acceptedNames]);
  const key = createHash('sha256').update(text).digest('base64');
  const known = shared.get(key)?.deref();
  if (known !== undefined) return known;
  const definitions = Object.freeze(build(crd));
  shared.set(key, new WeakRef(definitions));
  forget.register(definitions, key);
  return definitions;
}

function build(crd: DeepReadonly<Crd>): ResourceDefinition[] {
  const { spec, status } = crd;
  const names: DeepReadonly<CrdNames> = status?.acceptedNames ?? spec.names;
  const stored = spec.versions.find((version) => version.storage) ?? spec.versions[0];
  const served = spec.versions.filter((version) => version.served);
  served.sort((a, b) => compareVersions(a.name, b.name));
  return served.map((version) => {
    const resource = { group: spec.group, plural: names.plural };
    const schema = version.schema?.openAPIV3Schema as Schema | undefined;
    const definition: ResourceDefinition = {
      ...resource,
      version: version.name,
      kind: names.kind,
      listKind: names.listKind ?? `${names.kind}List`,
      singular: names.singular ?? names.kind.toLowerCase(),
      shortNames: names.shortNames ?? [],
      categories: names.categories ?? [],
      namespaced: spec.scope === 'Namespaced',
      verbs: VERBS,
      storageKey: `${names.plural}.${spec.group}`,
      storageApiVersion: `${spec.group}/${stored?.name ?? version.name}`,
      schema: schema === undefined ? undefined : deepFreeze(wholeSchema(schema)),
      custom: true,
      strategy: customResourceStrategy(resource, version),
      subresources: subresourcesOf(version),
      selectableFields: selectableFieldsOf(version),
      columns: columnsOf(version),
      ...(version.deprecated === true ? { deprecation: deprecationOf(version, crd) } : {}),
    };
    return Object.freeze(definition);
  });
}

/** `defaultDeprecationWarning` of Kubernetes, where the CRD has no words of its own. */
function deprecationOf({ name, deprecationWarning }: DeepReadonly<CrdVersion>, { spec }: DeepReadonly<Crd>): string {
  if (deprecationWarning !== undefined) return deprecationWarning;
  const { group, names, versions } = spec;
  const better = versions
    .filter((version) => version.served && version.deprecated !== true && compareVersions(version.name, name) < 0)
    .sort((a, b) => compareVersions(a.name, b.name))[0];
  const advice = better === undefined ? '' : `; use ${group}/${better.name} ${names.kind}`;
  return `${group}/${name} ${names.kind} is deprecated${advice}`;
}

function subresourcesOf({ subresources }: DeepReadonly<CrdVersion>): Readonly<Record<string, Subresource>> {
  return {
    ...(subresources?.status === undefined ? {} : { status: STATUS }),
    ...(subresources?.scale === undefined ? {} : { scale: scaleSubresource(subresources.scale) }),
  };
}

/** The status that was sent, and not a thing else of it: `customresource/status_strategy.go`. */
const STATUS: Subresource = Object.freeze({
  kind: 'view',
  verbs: ['get', 'patch', 'update'] as const,
  merge(stored: DeepReadonly<KubeObject>, sent: DeepReadonly<KubeObject>): KubeObject {
    const metadata = { ...stored.metadata } as KubeObject['metadata'];
    // As checked against what is stored, and as tracking leaves them.
    for (const field of ['resourceVersion', 'managedFields'] as const) {
      if (sent.metadata[field] === undefined) delete metadata[field];
      else Object.assign(metadata, { [field]: sent.metadata[field] });
    }
    const { status: _, ...rest } = stored;
    const merged = { ...rest, metadata } as KubeObject;
    if (sent.status !== undefined) merged.status = sent.status;
    return merged;
  },
});

function selectableFieldsOf({
  selectableFields = [],
}: DeepReadonly<CrdVersion>): ResourceDefinition['selectableFields'] {
  return Object.fromEntries(
    selectableFields.flatMap(({ jsonPath }) => {
      const path = parseJsonPath(jsonPath);
      if (typeof path === 'string') return [];
      const value = (object: DeepReadonly<KubeObject>) => {
        const found = path(object)[0];
        return found === undefined || found === null ? '' : printed(found);
      };
      return [[jsonPath.replace(/^\./, ''), value]];
    }),
  );
}

const KUBE_VERSION = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/;

/**
 * The order of preference (`version.CompareKubeAwareVersionStrings`): v2, v1, v2beta1, v1beta2, v1alpha1, and then, by the
 * alphabet, what is no Kubernetes version.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [KUBE_VERSION.exec(a), KUBE_VERSION.exec(b)];
  if (left === null || right === null) {
    if (left !== null) return -1;
    if (right !== null) return 1;
    return a < b ? -1 : a > b ? 1 : 0;
  }
  const stability = (match: RegExpExecArray) => (match[2] === undefined ? 2 : match[2] === 'beta' ? 1 : 0);
  return (
    stability(right) - stability(left) ||
    Number(right[1]) - Number(left[1]) ||
    Number(right[3] ?? 0) - Number(left[3] ?? 0)
  );
}
