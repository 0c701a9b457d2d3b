import type { DeepReadonly } from '../../../../apis/meta/v1.ts';
import { forbiddenField, invalid, notSupported, required } from '../errors/field-errors.ts';
import type { FieldError } from '../errors/status-error.ts';
import { jsonEqual } from '../schema/json-value.ts';
import { immutable } from '../validation/immutable.ts';
import { isDns1035Label, isDns1123Subdomain } from '../validation/names.ts';
import { type Crd, type CrdNames, type CrdVersion, isEstablished } from './crd.ts';
import { validateCrdSchema } from './validate-crd-schema.ts';
import { validateColumns, validateSelectableFields, validateSubresources } from './validate-crd-version.ts';

type ReadonlyCrd = DeepReadonly<Crd>;
type Versions = readonly DeepReadonly<CrdVersion>[];

/** What is wrong with a CRD, its metadata aside. Kubernetes: `apis/apiextensions/validation/validation.go`. */
export function validateCrd(crd: ReadonlyCrd): FieldError[] {
  return [
    ...validateName(crd),
    ...validateSpec(crd),
    ...validateNames(crd.status?.acceptedNames ?? {}, 'status.acceptedNames'),
    ...validateStoredVersions(crd),
    ...validateApproval(crd),
    ...(crd.spec.preserveUnknownFields === true ? [invalid('spec.preserveUnknownFields', true, PRESERVE)] : []),
  ];
}

export function validateCrdUpdate(crd: ReadonlyCrd, stored: ReadonlyCrd): FieldError[] {
  const { spec } = crd;
  const before = stored.spec;
  return [
    ...validateSpec(crd),
    ...(isEstablished(stored)
      ? [
          ...immutable('spec.scope', spec.scope, before.scope),
          ...immutable('spec.names.kind', spec.names.kind, before.names.kind),
        ]
      : []),
    ...immutable('spec.group', spec.group, before.group),
    ...immutable('spec.names.plural', spec.names.plural, before.names.plural),
    ...validateNames(crd.status?.acceptedNames ?? {}, 'status.acceptedNames'),
    ...validateStoredVersions(crd),
    ...(spec.preserveUnknownFields === true && before.preserveUnknownFields !== true
      ? [invalid('spec.preserveUnknownFields', true, PRESERVE)]
      : []),
  ];
}

const PRESERVE =
  'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';

function validateName({ metadata, spec }: ReadonlyCrd): FieldError[] {
  const name = metadata.name ?? '';
  if (name === '' || name === `${spec.names?.plural ?? ''}.${spec.group}`) return [];
  return [invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group')];
}

function validateSpec(crd: ReadonlyCrd): FieldError[] {
  const { spec } = crd;
  const versions: Versions = spec.versions ?? [];
  const hasDefaults = JSON.stringify(versions.map(({ schema }) => schema ?? null)).includes('"default":');
  return [
    ...validateGroup(spec.group ?? ''),
    ...validateScope(spec.scope ?? ''),
    ...versions.flatMap(({ schema }, i) =>
      schema?.openAPIV3Schema === undefined ? [required(`spec.versions[${i}].schema.openAPIV3Schema`)] : [],
    ),
    ...(hasDefaults && spec.preserveUnknownFields === true
      ? [invalid('spec.preserveUnknownFields', true, 'must be false in order to use defaults in the schema')]
      : []),
    ...validateVersions(spec.versions ?? undefined),
    ...requiredNames(spec.names ?? {}),
    ...validateNames(spec.names ?? {}, 'spec.names'),
    ...validateCommon(versions),
    ...validateConversion(spec.conversion),
  ];
}

function validateGroup(group: string): FieldError[] {
  if (group === '') return [required('spec.group')];
  const problems = isDns1123Subdomain(group);
  if (problems.length > 0) return [invalid('spec.group', group, problems.join(','))];
  return group.includes('.') ? [] : [invalid('spec.group', group, 'should be a domain with at least one dot')];
}

function validateScope(scope: string): FieldError[] {
  if (scope === '') return [required('spec.scope')];
  if (scope === 'Cluster' || scope === 'Namespaced') return [];
  return [notSupported('spec.scope', scope, ['Cluster', 'Namespaced'])];
}

/**
 * What all versions say alike Kubernetes keeps once, and its errors say `spec.validation` and not `spec.versions[0].schema`:
 * so it is with every CRD of one version.
 */
function alike(versions: Versions, part: (version: DeepReadonly<CrdVersion>) => unknown): boolean {
  const [first] = versions;
  if (first === undefined) return false;
  return versions.every((version) => jsonEqual(part(version) ?? null, part(first) ?? null));
}

const schemaOf = (version: DeepReadonly<CrdVersion>) => version.schema;
const subresourcesOf = (version: DeepReadonly<CrdVersion>) => version.subresources;
const columnsOf = (version: DeepReadonly<CrdVersion>) => version.additionalPrinterColumns;
const selectableOf = (version: DeepReadonly<CrdVersion>) => version.selectableFields;

function validateVersions(sent: Versions | undefined): FieldError[] {
  const versions = sent ?? [];
  const [schemaAlike, subresourcesAlike] = [alike(versions, schemaOf), alike(versions, subresourcesOf)];
  const [columnsAlike, selectableAlike] = [alike(versions, columnsOf), alike(versions, selectableOf)];
  const names = versions.map(({ name }) => name);
  const ofEach = versions.flatMap((version, i) => {
    const path = `spec.versions[${i}]`;
    const problems = isDns1035Label(version.name ?? '');
    const schema = version.schema?.openAPIV3Schema;
    return [
      ...(problems.length > 0 ? [invalid(`${path}.name`, version.name ?? '', problems.join(','))] : []),
      ...validateDeprecation(version, path),
      ...(schemaAlike || schema === undefined
        ? []
        : validateCrdSchema(schema, `${path}.schema.openAPIV3Schema`, version.subresources?.status !== undefined)),
      ...(subresourcesAlike ? [] : validateSubresources(version.subresources, `${path}.subresources`)),
      ...(columnsAlike ? [] : validateColumns(version.additionalPrinterColumns, `${path}.additionalPrinterColumns`)),
      ...(selectableAlike ? [] : validateSelectableFields(version, `${path}.selectableFields`)),
    ];
  });
  const storage = versions.filter((version) => version.storage).length;
  const first = names[0] ?? '';
  const problemsOfFirst = first === '' ? [] : isDns1035Label(first);
  return [
    ...ofEach,
    ...(new Set(names).size < names.length
      ? [invalid('spec.versions', internalVersions(versions), 'must contain unique version names')]
      : []),
    ...(storage === 1
      ? []
      : [
          invalid(
            'spec.versions',
            sent === undefined ? null : internalVersions(versions),
            'must have exactly one version marked as storage version',
          ),
        ]),
    // The first version is also the one of old, when there was but one.
    ...(problemsOfFirst.length === 0 ? [] : [invalid('spec.version', first, problemsOfFirst.join(','))]),
  ];
}

/** As the message shows them: what they have in common is not in them. Kubernetes prints its internal type here. */
function internalVersions(versions: Versions): unknown {
  return versions.map((version) => ({
    Name: version.name,
    Served: version.served,
    Storage: version.storage,
    Deprecated: version.deprecated ?? false,
    DeprecationWarning: version.deprecationWarning ?? null,
    Schema: null,
    Subresources: null,
    AdditionalPrinterColumns: null,
    SelectableFields: null,
  }));
}

function validateCommon(versions: Versions): FieldError[] {
  const [first] = versions;
  if (first === undefined) return [];
  const schema = first.schema?.openAPIV3Schema;
  const anyStatus = versions.some((version) => version.subresources?.status !== undefined);
  return [
    ...(alike(versions, schemaOf) && schema !== undefined
      ? validateCrdSchema(schema, 'spec.validation.openAPIV3Schema', anyStatus)
      : []),
    ...(alike(versions, subresourcesOf) ? validateSubresources(first.subresources, 'spec.subresources') : []),
    ...(alike(versions, columnsOf)
      ? validateColumns(first.additionalPrinterColumns, 'spec.additionalPrinterColumns')
      : []),
    ...(alike(versions, selectableOf) ? validateSelectableFields(first, 'spec.selectableFields') : []),
  ];
}

function validateDeprecation(
  { deprecated, deprecationWarning: warning }: DeepReadonly<CrdVersion>,
  path: string,
): FieldError[] {
  if (warning === undefined) return [];
  const problems = deprecated === true ? deprecationProblems(warning) : ['can only be set for deprecated versions'];
  return problems.map((problem) => invalid(`${path}.deprecationWarning`, warning, problem));
}

function deprecationProblems(warning: string): string[] {
  const unprintable = /(?! )[\p{C}\p{Z}]/u.exec(warning);
  const rule = 'must only contain printable UTF-8 characters; non-printable character found at index';
  return [
    ...(Buffer.byteLength(warning) > 256 ? ['must be <= 256 characters long'] : []),
    ...(warning === '' ? ['must not be an empty string'] : []),
    ...(unprintable === null ? [] : [`${rule} ${Buffer.byteLength(warning.slice(0, unprintable.index))}`]),
  ];
}

function requiredNames(names: DeepReadonly<Partial<CrdNames>>): FieldError[] {
  return (['plural', 'singular', 'kind', 'listKind'] as const).flatMap((name) =>
    names[name] ? [] : [required(`spec.names.${name}`)],
  );
}

function validateNames(names: DeepReadonly<Partial<CrdNames>>, path: string): FieldError[] {
  const { plural = '', singular = '', kind = '', listKind = '', shortNames = [], categories = [] } = names;
  const label = (field: string, value: string) => {
    const problems = isDns1035Label(value);
    return value === '' || problems.length === 0 ? [] : [invalid(`${path}.${field}`, value, problems.join(','))];
  };
  const mixedCase = (field: string, value: string) => {
    const problems = isDns1035Label(value.toLowerCase());
    const rule = 'may have mixed case, but should otherwise match: ';
    return value === '' || problems.length === 0 ? [] : [invalid(`${path}.${field}`, value, rule + problems.join(','))];
  };
  const listed = (field: string, values: readonly string[]) =>
    values.flatMap((value, i) => {
      const problems = isDns1035Label(value);
      return problems.length === 0 ? [] : [invalid(`${path}.${field}[${i}]`, value, problems.join(','))];
    });
  return [
    ...label('plural', plural),
    ...label('singular', singular),
    ...mixedCase('kind', kind),
    ...mixedCase('listKind', listKind),
    ...listed('shortNames', shortNames),
    ...(kind !== '' && kind === listKind
      ? [invalid(`${path}.listKind`, listKind, 'kind and listKind may not be the same')]
      : []),
    ...listed('categories', categories),
  ];
}

function validateConversion(conversion: ReadonlyCrd['spec']['conversion']): FieldError[] {
  if (conversion === undefined) return [];
  const { strategy = '', webhook } = conversion;
  if (strategy === '') return [required('spec.conversion.strategy')];
  if (strategy === 'None') {
    const { clientConfig, conversionReviewVersions } = webhook ?? {};
    const why = 'should not be set when strategy is not set to Webhook';
    return [
      ...(clientConfig === undefined ? [] : [forbiddenField('spec.conversion.webhookClientConfig', why)]),
      ...(conversionReviewVersions?.length ? [forbiddenField('spec.conversion.conversionReviewVersions', why)] : []),
    ];
  }
  if (strategy !== 'Webhook') return [notSupported('spec.conversion.strategy', strategy, ['None', 'Webhook'])];
  const why =
    'the embedded API server does not convert by webhook: its versions differ in apiVersion only (strategy None)';
  return [forbiddenField('spec.conversion.strategy', why)];
}

function validateStoredVersions({ spec, status }: ReadonlyCrd): FieldError[] {
  const path = 'status.storedVersions';
  const stored = status?.storedVersions ?? [];
  if (stored.length === 0) {
    return [invalid(path, null, 'must have at least one stored version')];
  }
  const versions: Versions = spec.versions ?? [];
  const names = new Set(versions.map(({ name }) => name));
  // Each stored version stands for one version: another one of that name finds it taken.
  const left = new Set(stored);
  return [
    ...versions
      .filter(({ name, storage }) => !left.delete(name) && storage)
      .map(({ name }) => invalid(path, stored, `must have the storage version ${name}`)),
    ...stored.flatMap((name, i) =>
      names.has(name)
        ? []
        : [
            invalid(
              `${path}[${i}]`,
              name,
              `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
            ),
          ],
    ),
  ];
}

const APPROVAL = 'api-approved.kubernetes.io';

/** Groups of the community's own need its word. */
function validateApproval({ metadata, spec }: ReadonlyCrd): FieldError[] {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(spec.group ?? '')) return [];
  const path = `metadata.annotations[${APPROVAL}]`;
  const approval = metadata.annotations?.[APPROVAL];
  const where = 'see https://github.com/kubernetes/enhancements/pull/1111';
  if (approval === undefined) {
    return [required(path, `protected groups must have approval annotation ${JSON.stringify(APPROVAL)}, ${where}`)];
  }
  if (approval.startsWith('unapproved') || URL.canParse(approval)) return [];
  const why = `protected groups must have approval annotation ${JSON.stringify(APPROVAL)} with either a URL or a reason starting with "unapproved", ${where}`;
  return [invalid(path, approval, why)];
}
