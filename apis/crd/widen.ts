import type {
  CustomResourceDefinition,
  CustomResourceNames,
  CustomResourceVersion,
  JsonSchema,
} from '../apiextensions/v1.ts';
import type { DeepReadonly } from '../meta/v1.ts';

export interface Widened {
  /** The existing CRD with what was missing, or the very same object when nothing was. */
  crd: CustomResourceDefinition;
  /** One line per addition: `v1beta1: field .status.clusters[].message`. */
  changes: string[];
}

/**
 * Adds to a CRD that is already in a cluster what Fedmesh's own has and it lacks: fields, printer columns, categories, short names.
 * Nothing is removed or narrowed: whatever was accepted is still accepted, and objects that KubeFed or a person wrote load as before.
 * Versions that only one of the two knows are left alone.
 *
 * @param options.takenNames short names that other kinds of the group hold. A CRD that asks for one is marked as conflicting.
 */
export function widenCrd(
  existing: DeepReadonly<CustomResourceDefinition>,
  ours: DeepReadonly<CustomResourceDefinition>,
  options: { takenNames?: readonly string[] } = {},
): Widened {
  if (existing.metadata.name !== ours.metadata.name) {
    throw new RangeError(`cannot widen ${existing.metadata.name} by ${ours.metadata.name}`);
  }
  const crd = structuredClone(existing) as CustomResourceDefinition;
  const changes = widenNames(crd.spec.names, ours.spec.names, options.takenNames ?? []);
  for (const version of crd.spec.versions) {
    const counterpart = ours.spec.versions.find((other) => other.name === version.name);
    if (counterpart === undefined) continue;
    const added = [...widenVersionSchema(version, counterpart), ...widenColumns(version, counterpart)];
    changes.push(...added.map((change) => `${version.name}: ${change}`));
  }
  return changes.length === 0 ? { crd: existing as CustomResourceDefinition, changes } : { crd, changes };
}

function widenNames(
  names: CustomResourceNames,
  ours: DeepReadonly<CustomResourceNames>,
  taken: readonly string[],
): string[] {
  const shortNames = missingFrom(names.shortNames, ours.shortNames).filter((name) => !taken.includes(name));
  const categories = missingFrom(names.categories, ours.categories);
  if (shortNames.length > 0) names.shortNames = [...(names.shortNames ?? []), ...shortNames];
  if (categories.length > 0) names.categories = [...(names.categories ?? []), ...categories];
  return [...shortNames.map((name) => `short name ${name}`), ...categories.map((name) => `category ${name}`)];
}

function widenColumns(version: CustomResourceVersion, ours: DeepReadonly<CustomResourceVersion>): string[] {
  const present = version.additionalPrinterColumns ?? [];
  const missing = (ours.additionalPrinterColumns ?? []).filter(
    (column) => !present.some((other) => other.name.toLowerCase() === column.name.toLowerCase()),
  );
  if (missing.length > 0) version.additionalPrinterColumns = [...present, ...missing];
  return missing.map((column) => `column ${column.name}`);
}

function widenVersionSchema(version: CustomResourceVersion, ours: DeepReadonly<CustomResourceVersion>): string[] {
  const schema = version.schema?.openAPIV3Schema;
  const counterpart = ours.schema?.openAPIV3Schema;
  return schema === undefined || counterpart === undefined ? [] : widenSchema(schema, counterpart, '');
}

function widenSchema(schema: JsonSchema, ours: DeepReadonly<JsonSchema>, path: string): string[] {
  if (schema.type !== ours.type) return [];
  return [
    ...widenProperties(schema, ours, path),
    ...widenValues(schema, ours, path),
    ...widenItems(schema, ours, path),
    ...widenEnum(schema, ours, path),
    ...openUp(schema, ours, path),
    ...allowNull(schema, ours, path),
  ];
}

function widenProperties(schema: JsonSchema, ours: DeepReadonly<JsonSchema>, path: string): string[] {
  const changes: string[] = [];
  for (const [name, wanted] of Object.entries(ours.properties ?? {})) {
    const at = `${path}.${name}`;
    const present = schema.properties?.[name];
    if (present !== undefined) {
      changes.push(...widenSchema(present, wanted, at));
    } else if (acceptsNothingAs(schema)) {
      schema.properties = { ...schema.properties, [name]: structuredClone(wanted) as JsonSchema };
      changes.push(`field ${at}`);
    }
  }
  return changes;
}

/** Whether an unknown field is dropped today. Where it is kept or has the schema of a map's values, a new one would narrow. */
function acceptsNothingAs(schema: JsonSchema): boolean {
  return schema['x-kubernetes-preserve-unknown-fields'] !== true && schema.additionalProperties === undefined;
}

function widenValues(schema: JsonSchema, ours: DeepReadonly<JsonSchema>, path: string): string[] {
  const [values, wanted] = [schema.additionalProperties, ours.additionalProperties];
  return typeof values === 'object' && typeof wanted === 'object' ? widenSchema(values, wanted, `${path}.*`) : [];
}

function widenItems(schema: JsonSchema, ours: DeepReadonly<JsonSchema>, path: string): string[] {
  return schema.items === undefined || ours.items === undefined
    ? []
    : widenSchema(schema.items, ours.items, `${path}[]`);
}

function widenEnum(schema: JsonSchema, ours: DeepReadonly<JsonSchema>, path: string): string[] {
  if (schema.enum === undefined || ours.enum === undefined) return [];
  const present = schema.enum.map((value) => JSON.stringify(value));
  const missing = ours.enum.filter((value) => !present.includes(JSON.stringify(value)));
  if (missing.length > 0) schema.enum = [...schema.enum, ...missing];
  return missing.map((value) => `value ${JSON.stringify(value)} of ${path}`);
}

/** Where ours keeps fields that nobody knows and theirs drops them. */
function openUp(schema: JsonSchema, ours: DeepReadonly<JsonSchema>, path: string): string[] {
  const wanted = ours['x-kubernetes-preserve-unknown-fields'] === true;
  if (!wanted || !acceptsNothingAs(schema)) return [];
  schema['x-kubernetes-preserve-unknown-fields'] = true;
  return [`any field of ${path}`];
}

/** A null where none is allowed is dropped without a word. */
function allowNull(schema: JsonSchema, ours: DeepReadonly<JsonSchema>, path: string): string[] {
  if (ours.nullable !== true || schema.nullable === true) return [];
  schema.nullable = true;
  return [`null as ${path}`];
}

function missingFrom(present: readonly string[] | undefined, wanted: readonly string[] | undefined): string[] {
  return (wanted ?? []).filter((word) => !(present ?? []).includes(word));
}
