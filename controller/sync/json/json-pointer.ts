/**
 * JSON pointers (RFC 6901) on plain data that nobody may change: an edit copies the containers on its way and shares the
 * rest with its input. Only own members are ever read or written, so no path reaches a prototype.
 */

export type JsonObject = { readonly [member: string]: unknown };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export { parsePointer } from '../../../apis/meta/json-pointer.ts';

export function pointerOf(tokens: readonly string[]): string {
  return tokens.map((token) => `/${escapeToken(token)}`).join('');
}

export function escapeToken(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The value a pointer leads to, or `undefined` when there is none. JSON holds no `undefined`, so the two cannot be confused. */
export function valueAt(root: unknown, tokens: readonly string[]): unknown {
  let value = root;
  for (const token of tokens) value = childOf(value, token);
  return value;
}

export function childOf(container: unknown, token: string): unknown {
  if (Array.isArray(container)) return container[indexIn(container.length, token) ?? -1];
  return isJsonObject(container) && Object.hasOwn(container, token) ? container[token] : undefined;
}

/** A copy of the object with that member, whatever its name: `__proto__` becomes a member like any other. */
export function withMember<T extends JsonObject>(object: T, name: string, value: unknown): T {
  return { ...object, [name]: value };
}

export function withoutMember<T extends JsonObject>(object: T, name: string): T {
  if (!Object.hasOwn(object, name)) return object;
  const { [name]: _removed, ...rest } = object;
  return rest as T;
}

/**
 * The position that an array token names in a list of that length, or `undefined` when it names none. As in the library
 * that KubeFed uses, negative numbers count from the end: `-1` is the last one.
 */
export function indexIn(length: number, token: string): number | undefined {
  if (!/^[+-]?\d+$/.test(token)) return undefined;
  const number = Number(token);
  const index = number < 0 ? number + length : number;
  return index >= 0 && index < length ? index + 0 : undefined;
}

/**
 * Puts the value where the pointer leads, or takes away what is there when the value is `undefined`. Objects missing on
 * the way are made; where the way leads through a list element that is not there, nothing changes.
 */
export function placeAt(root: unknown, tokens: readonly string[], value: unknown): unknown {
  const [token, ...rest] = tokens;
  if (token === undefined) return value;
  if (Array.isArray(root)) return placeInList(root, token, rest, value);
  if (value === undefined && childOf(root, token) === undefined) return root;
  const object = isJsonObject(root) ? root : {};
  const child = placeAt(childOf(object, token), rest, value);
  return child === undefined ? withoutMember(object, token) : withMember(object, token, child);
}

function placeInList(list: readonly unknown[], token: string, rest: readonly string[], value: unknown): unknown {
  const index = indexIn(list.length, token);
  if (index === undefined) return list;
  const child = placeAt(list[index], rest, value);
  return child === undefined ? list.toSpliced(index, 1) : list.with(index, child);
}
