import { isMap } from '../schema/json-value.ts';
import { deduced, type FieldType, type ScalarType } from './field-type.ts';
import { itemElement, TypedValueError } from './list-items.ts';
import { elementText, type PathElement } from './path-element.ts';

/**
 * What does not fit the type, in structured-merge-diff's words: `.spec.replicaz: field not declared in schema`. Lists that merge
 * may not name an item twice. Empty: it fits.
 */
export function problemsOf(value: unknown, type: FieldType, path = ''): string[] {
  const { map, scalar, list } = deduced(type, value);
  if (map !== undefined) {
    if (value === null) return [];
    if (!isMap(value)) return [at(path, `expected map, got ${goValue(value)}`)];
    const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return fields.flatMap(([name, child]) => {
      const next = map.field(name)?.type ?? map.element;
      const below = `${path}.${name}`;
      return next === undefined ? [at(below, 'field not declared in schema')] : problemsOf(child, next, below);
    });
  }
  if (scalar !== undefined) return scalarFits(scalar, value) ? [] : [at(path, scalarProblem(scalar, value))];
  if (list === undefined || value === null) return [];
  if (!Array.isArray(value)) return [at(path, `expected list, got ${goValue(value)}`)];
  if (list.atomic) return value.flatMap((item, index) => problemsOf(item, list.item, `${path}[${index}]`));
  const seen = new Set<PathElement>();
  const problems: string[] = [];
  for (const [index, item] of value.entries()) {
    let element: PathElement;
    try {
      element = itemElement(list, item);
    } catch (error) {
      if (!(error instanceof TypedValueError)) throw error;
      return [...problems, at(path, `element ${index}: ${error.message}`)];
    }
    const name = elementText(element);
    if (seen.has(element)) problems.push(at(path, `duplicate entries for key ${name}`));
    seen.add(element);
    problems.push(...problemsOf(item, list.item, path + name));
  }
  return problems;
}

function at(path: string, message: string): string {
  return path === '' ? message : `${path}: ${message}`;
}

function scalarFits(type: ScalarType, value: unknown): boolean {
  if (value === null) return true;
  switch (type) {
    case 'numeric':
      return typeof value === 'number';
    case 'string':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'untyped':
      return typeof value !== 'object';
  }
}

function scalarProblem(type: ScalarType, value: unknown): string {
  switch (type) {
    case 'numeric':
      return `expected numeric (int or float), got ${goType(value)}`;
    case 'string':
      return `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`;
    case 'boolean':
      return `expected boolean, got ${goValue(value)}`;
    case 'untyped':
      return `expected any scalar, got ${goValue(value)}`;
  }
}

function goType(value: unknown): string {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}

function goSyntax(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  const members = entries.map(([key, child]) => `${JSON.stringify(key)}:${goSyntax(child)}`);
  return `map[string]interface {}{${members.join(', ')}}`;
}

/** As `%v` prints a pointer to what was decoded: `&{map[a:b]}`. */
function goValue(value: unknown): string {
  return `&{${plain(value)}}`;
}

function plain(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(plain).join(' ')}]`;
  if (!isMap(value)) return String(value);
  return `map[${Object.keys(value)
    .sort()
    .map((key) => `${key}:${plain(value[key])}`)
    .join(' ')}]`;
}
