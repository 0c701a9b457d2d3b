import type { Schema } from '../schema/schema.ts';

type Fields = Record<string, unknown>;
type Forget = (value: unknown) => void;

/** CustomResourceDefinitions. All else is stored as protobuf. */
const STORED_AS_JSON = 'io.k8s.apiextensions-apiserver.';

/** What there is to do in each type, by the `properties` that all copies of its schema share. For the whole process. */
const walks = new WeakMap<object, Forget | null>();

/**
 * Makes the empty lists nil that are written even when they are nil, in place: protobuf, in which Kubernetes stores built-in kinds,
 * cannot tell one from the other. Not before it is noted who owns which field, for whoever sent `rules: []` owns the rules.
 */
export function forgetEmptyLists(schema: Schema, object: Fields): void {
  walkOf(schema)?.(object);
}

/** `null`: nothing can be empty here. */
function walkOf(schema: Schema): Forget | null {
  const { properties, items, additionalProperties, name = '' } = schema;
  if (properties !== undefined) {
    if (name.startsWith(STORED_AS_JSON)) return null;
    let walk = walks.get(properties);
    if (walk === undefined) {
      // A type that contains itself has nothing to do on the way round.
      walks.set(properties, null);
      walk = structWalk(properties);
      walks.set(properties, walk);
    }
    return walk;
  }
  const values = items ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
  const each = values === undefined ? null : walkOf(values);
  if (each === null) return null;
  return (all) => {
    if (typeof all === 'object' && all !== null) for (const value of Object.values(all)) each(value);
  };
}

function structWalk(properties: Readonly<Record<string, Schema>>): Forget | null {
  const steps = Object.entries(properties).flatMap(([name, schema]): [string, boolean, Forget | null][] => {
    const becomesNil = schema.type === 'array' && schema.go?.omitEmpty === false;
    const walk = walkOf(schema);
    return becomesNil || walk !== null ? [[name, becomesNil, walk]] : [];
  });
  if (steps.length === 0) return null;
  return (object) => {
    if (!isFields(object)) return;
    for (const [name, becomesNil, walk] of steps) {
      const value = object[name];
      if (value === undefined || value === null) continue;
      if (becomesNil && Array.isArray(value) && value.length === 0) object[name] = null;
      else walk?.(value);
    }
  };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
