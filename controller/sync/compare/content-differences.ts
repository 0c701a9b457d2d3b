import type { DeepReadonly, KubeObject } from '../../../apis/meta/v1.ts';
import { escapeToken, isJsonObject, type JsonObject } from '../json/json-pointer.ts';
import { byMergeKey } from '../json/merge-keys.ts';
import { sameQuantity } from './quantity.ts';

/**
 * JSON pointers into `observed` to everything that `desired` asks for and `observed` has otherwise, identity, metadata and
 * status aside; finds at most `limit`.
 *
 * - Objects: a member on which `desired` is silent is the API server's to fill in with a default. Where that object is
 *   really a map that the writer fills (labels, data, limits), a key too many is a difference.
 * - Lists: of the same elements, and as many. Those that Kubernetes keys (containers by name, ports by number) are
 *   matched by key and their order means nothing; in others the position counts.
 * - Values that the API server does not store (`false`, `0`, `""`, `null`, empty lists and maps) equal a missing one.
 * - Quantities are compared by what they mean.
 */
export function contentDifferences(
  desired: DeepReadonly<KubeObject>,
  observed: DeepReadonly<KubeObject>,
  limit: number,
  { shared = false }: { shared?: boolean } = {},
): string[] {
  const walk: Walk = { found: [], limit, shared };
  const content = contentOf(desired);
  const present = contentOf(observed);
  const hasSpec = Object.hasOwn(content, 'spec') || Object.hasOwn(present, 'spec');
  compareMembers(walk, content, present, '', hasSpec ? 'fields' : 'specless');
  return walk.found;
}

interface Walk {
  readonly found: string[];
  readonly limit: number;
  /** What is there beyond what is desired belongs to others: keys of maps, and elements that Kubernetes keys. */
  readonly shared: boolean;
}

/**
 * What the members of an object are.
 *
 * - `fields`: of a type that the API server knows and fills with defaults.
 * - `map`: keys that the writer chose. `quantities`: the same, with quantities under them.
 * - `specless`: the top of an object without a spec, such as a ConfigMap: its lists and maps are the writer's alone.
 */
type Members = 'fields' | 'map' | 'quantities' | 'specless';

function contentOf(object: DeepReadonly<KubeObject>): JsonObject {
  const { apiVersion: _, kind, metadata: __, status: ___, ...content } = object;
  return kind === 'Secret' ? withStringData(content) : content;
}

/** API servers take a Secret's `stringData` into its `data`. */
function withStringData(content: JsonObject): JsonObject {
  const { stringData, ...rest } = content;
  if (!isJsonObject(stringData)) return rest;
  const encoded = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(`${text}`).toString('base64')]);
  const data = isJsonObject(rest.data) ? rest.data : {};
  return { ...rest, data: { ...data, ...Object.fromEntries(encoded) } };
}

const MAPS: ReadonlySet<string> = new Set([
  'annotations',
  'binaryData',
  'data',
  'labels',
  'matchLabels',
  'nodeSelector',
  'parameters',
  'selector',
]);

const QUANTITY_MAPS: ReadonlySet<string> = new Set([
  'capacity',
  'default',
  'defaultRequest',
  'hard',
  'limits',
  'max',
  'maxLimitRequestRatio',
  'min',
  'overhead',
  'podFixed',
  'requests',
]);

function membersOf(field: string): Members {
  if (MAPS.has(field)) return 'map';
  return QUANTITY_MAPS.has(field) ? 'quantities' : 'fields';
}

/** Single fields that hold a quantity. */
const QUANTITIES: ReadonlySet<string> = new Set(['averageValue', 'divisor', 'sizeLimit']);

function compareMembers(walk: Walk, desired: JsonObject, observed: JsonObject, path: string, members: Members): void {
  const isMap = members === 'map' || members === 'quantities';
  for (const [name, value] of Object.entries(desired)) {
    if (isFull(walk)) return;
    const place = `${path}/${escapeToken(name)}`;
    if (!Object.hasOwn(observed, name)) {
      if (isMap || !isUnset(value, name)) report(walk, place);
    } else {
      const isQuantity = members === 'quantities' || QUANTITIES.has(name);
      compareValues(walk, value, observed[name], { path: place, name, isQuantity });
    }
  }
  if (members === 'fields' || walk.shared) return;
  for (const [name, value] of Object.entries(observed)) {
    if (Object.hasOwn(desired, name)) continue;
    if (isMap || (typeof value === 'object' && !isUnset(value, name))) report(walk, `${path}/${escapeToken(name)}`);
  }
}

interface Place {
  readonly path: string;
  /** Of the field; empty in a list. */
  readonly name: string;
  readonly isQuantity: boolean;
}

function compareValues(walk: Walk, desired: unknown, observed: unknown, place: Place): void {
  if (desired === observed || desired === null) return;
  if (isJsonObject(desired) && isJsonObject(observed)) {
    compareMembers(walk, desired, observed, place.path, membersOf(place.name));
  } else if (Array.isArray(desired) && Array.isArray(observed)) {
    compareLists(walk, desired, observed, place);
  } else if (observed === null) {
    if (!isUnset(desired, place.name)) report(walk, place.path);
  } else if (!(place.isQuantity && sameQuantity(desired, observed))) {
    report(walk, place.path);
  }
}

function compareLists(walk: Walk, desired: readonly unknown[], observed: readonly unknown[], place: Place): void {
  const { path, name } = place;
  const keyed = byMergeKey(name, desired, observed);
  const [wanted, present] = keyed ?? [byPosition(desired), byPosition(observed)];
  const indexes = new Map([...present.keys()].map((key, index) => [key, index]));
  for (const [key, element] of wanted) {
    if (isFull(walk)) return;
    const index = indexes.get(key);
    // What is missing has no place in the observed list: it is the list that differs.
    if (index === undefined) report(walk, path);
    else compareValues(walk, element, observed[index], { path: `${path}/${index}`, name: '', isQuantity: false });
  }
  if (walk.shared && keyed !== undefined) return;
  for (const [key, index] of indexes) {
    if (!wanted.has(key)) report(walk, `${path}/${index}`);
  }
}

function byPosition(list: readonly unknown[]): ReadonlyMap<string, unknown> {
  return new Map(list.map((element, index) => [String(index), element]));
}

/** Whether an API server that is sent this field stores nothing. */
function isUnset(value: unknown, field: string): boolean {
  if (value === null || value === false || value === 0 || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  if (!isJsonObject(value)) return false;
  const members = Object.entries(value);
  const isMap = membersOf(field) !== 'fields';
  // An empty map says nothing; an empty object can be a choice (`emptyDir: {}`).
  if (members.length === 0) return isMap;
  return !isMap && members.every(([name, member]) => isUnset(member, name));
}

function isFull(walk: Walk): boolean {
  return walk.found.length >= walk.limit;
}

function report(walk: Walk, path: string): void {
  if (!isFull(walk) && walk.found.at(-1) !== path) walk.found.push(path);
}
