import { deepFreeze } from '../../../../controller/kube/deep-freeze.ts';
import { builtInDocument, type RawSchema, REFERENCE_PREFIX } from './built-in-document.ts';
import type { GoField, Schema } from './schema.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
/** Kinds of meta/v1 that every group-version speaks. */
const SHARED_KINDS = new Set(['DeleteOptions', 'Status', 'WatchEvent', 'APIGroup', 'APIGroupList', 'APIResourceList']);

const resolved = new Map<string, Schema>();
let nameOfKind: Map<string, string> | undefined;

/**
 * The schema of a built-in kind, of the whole object with apiVersion, kind and metadata. Shared by all servers of the process,
 * frozen, and the same object whenever it is asked for. `undefined`: no such kind is built in.
 */
export function builtInSchema(group: string, version: string, kind: string): Schema | undefined {
  const name = SHARED_KINDS.has(kind) ? META + kind : namesOfKinds().get(`${group}/${version}/${kind}`);
  return name === undefined ? undefined : builtInType(name);
}

/** By the name under which a type is published: `io.k8s.api.core.v1.PodSpec`. */
export function builtInType(name: string): Schema | undefined {
  return builtInDocument().definitions[name] === undefined ? undefined : deepFreeze(typeNamed(name));
}

function namesOfKinds(): ReadonlyMap<string, string> {
  if (nameOfKind === undefined) {
    nameOfKind = new Map();
    for (const [name, schema] of Object.entries(builtInDocument().definitions)) {
      for (const { group, version, kind } of schema['x-kubernetes-group-version-kind'] ?? []) {
        nameOfKind.set(`${group}/${version}/${kind}`, name);
      }
    }
  }
  return nameOfKind;
}

/** Types reach themselves (JSONSchemaProps): what is being built is found in `resolved` before it is complete. */
function typeNamed(name: string): Schema {
  const known = resolved.get(name);
  if (known !== undefined) return known;
  const raw = builtInDocument().definitions[name];
  if (raw === undefined) throw new Error(`the built-in schemas refer to ${name}, which is not among them`);

  const properties: Record<string, Schema> = {};
  const { 'x-kubernetes-group-version-kind': _, properties: rawProperties, oneOf: __, ...rest } = raw;
  const type: Schema = {
    ...(rest as Schema),
    ...(rest.format === 'int-or-string' ? { 'x-kubernetes-int-or-string': true } : {}),
    ...(rawProperties === undefined ? {} : { properties }),
    name,
  };
  resolved.set(name, type);
  const goFields = builtInDocument().goFields[name] ?? {};
  for (const [field, property] of Object.entries(rawProperties ?? {})) {
    properties[field] = withGoField(resolve(property), goFields[field]);
  }
  return type;
}

function resolve(raw: RawSchema): Schema {
  if (raw.$ref !== undefined) return typeNamed(raw.$ref.slice(REFERENCE_PREFIX.length));
  const { allOf, items, additionalProperties, ...own } = raw;
  const reference = allOf?.[0]?.$ref;
  return {
    ...(reference === undefined ? {} : typeNamed(reference.slice(REFERENCE_PREFIX.length))),
    ...(own as Schema),
    ...(items === undefined ? {} : { items: resolve(items) }),
    ...(additionalProperties === undefined
      ? {}
      : {
          additionalProperties:
            typeof additionalProperties === 'boolean' ? additionalProperties : resolve(additionalProperties),
        }),
  };
}

/** A copy, because the type belongs to many fields. It shares the properties, also those that are not there yet. */
function withGoField(schema: Schema, text: string | undefined): Schema {
  return text === undefined ? schema : { ...schema, go: goField(text) };
}

const GO_FIELD = /^(?<type>[^,=@]*)(?<options>[^=@]*)(?:=(?<kind>[^@]*))?(?:@(?<embedded>.*))?$/;

/** `v1.Protocol,omitempty=string@ContainerPort.` */
function goField(text: string): GoField {
  const { type = '', options = '', kind = type, embedded = '' } = GO_FIELD.exec(text)?.groups ?? {};
  return { type, kind, embedded, omitEmpty: options.includes('omitempty'), omitZero: options.includes('omitzero') };
}
