import { goJson, goNumber } from '../errors/go-text.ts';
import { isMap, jsonEqual, own } from '../schema/json-value.ts';

/** One step of a path: what it makes of one value. */
type Step = (value: unknown) => unknown[];

export type JsonPath = (value: unknown) => unknown[];

/**
 * Paths as CRDs' columns and selectable fields have them (`client-go/util/jsonpath`): `.spec.replicas`, `.metadata.labels.a\.b/c`,
 * `.status.conditions[?(@.type=="Ready")].status`, `[0]`, `[-1]`, `[0:2]`, `[*]`, `['name']`, `..name`. Missing keys give nothing.
 * A string: why it is no path.
 */
export function parseJsonPath(text: string): JsonPath | string {
  const steps: Step[] = [];
  let rest = text.startsWith('$') ? text.slice(1) : text;
  while (rest !== '') {
    const parsed = rest.startsWith('[') ? parseBracket(rest) : parseField(rest);
    if (typeof parsed === 'string') return parsed;
    steps.push(parsed.step);
    rest = parsed.rest;
  }
  return (value) => steps.reduce<unknown[]>((values, step) => values.flatMap(step), [value]);
}

interface Parsed {
  readonly step: Step;
  readonly rest: string;
}

const FIELD = /^(\.\.|\.)?((?:\\.|[^.[\]\\\s{}])*)/;

function parseField(text: string): Parsed | string {
  const [whole = '', dots = '', escaped = ''] = FIELD.exec(text) ?? [];
  if (whole === '') return `unrecognized character in action: ${JSON.stringify(text[0])}`;
  const rest = text.slice(whole.length);
  const name = escaped.replace(/\\(.)/g, '$1');
  if (name === '') return { step: (value) => [value], rest };
  if (name === '*') return { step: dots === '..' ? (value) => descendants(value) : children, rest };
  return { step: dots === '..' ? (value) => named(descendants(value), name) : (value) => named([value], name), rest };
}

function named(values: readonly unknown[], name: string): unknown[] {
  return values.flatMap((value) => {
    const found = isMap(value) ? own(value, name) : undefined;
    return found === undefined ? [] : [found];
  });
}

function children(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return isMap(value) ? Object.values(value) : [];
}

function descendants(value: unknown): unknown[] {
  const found: unknown[] = [];
  const open = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    found.push(next);
    for (const child of children(next).reverse()) if (child !== null && child !== undefined) open.push(child);
  }
  return found;
}

function parseBracket(text: string): Parsed | string {
  const end = closingBracket(text);
  if (end < 0) return 'unterminated array';
  const inside = text.slice(1, end).trim();
  const rest = text.slice(end + 1);
  if (inside === '*') return { step: children, rest };
  const quoted = /^'((?:\\.|[^'\\])*)'$|^"((?:\\.|[^"\\])*)"$/.exec(inside);
  if (quoted !== null) {
    const name = (quoted[1] ?? quoted[2] ?? '').replace(/\\(.)/g, '$1');
    return { step: (value) => named([value], name), rest };
  }
  const slice = /^(-?\d*)(?::(-?\d*))?(?::(\d*))?$/.exec(inside);
  if (slice !== null && inside !== '') return { step: sliceStep(slice, inside.includes(':')), rest };
  const filter = /^\?\((.*)\)$/s.exec(inside);
  if (filter === null) return `invalid array index ${inside}`;
  const step = filterStep(filter[1] ?? '');
  return typeof step === 'string' ? step : { step, rest };
}

/** Brackets and quotes within a filter do not close it. */
function closingBracket(text: string): number {
  let depth = 0;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? '';
    if (quote !== '') {
      if (character === '\\') i++;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '[') depth++;
    else if (character === ']' && --depth === 0) return i;
  }
  return -1;
}

function sliceStep([, from = '', to, step = '']: RegExpExecArray, isRange: boolean): Step {
  return (value) => {
    if (!Array.isArray(value)) return [];
    const at = (text: string, otherwise: number) => {
      const index = text === '' ? otherwise : Number(text);
      return index < 0 ? index + value.length : index;
    };
    if (!isRange) {
      const item: unknown = value[at(from, 0)];
      return item === undefined ? [] : [item];
    }
    const every = Math.max(Number(step === '' ? 1 : step), 1);
    return value.slice(at(from, 0), at(to ?? '', value.length)).filter((_, i) => i % every === 0);
  };
}

const COMPARISON = /^(.*?)(==|!=|<=|>=|<|>)(.*)$/s;

function filterStep(condition: string): Step | string {
  const comparison = COMPARISON.exec(condition);
  if (comparison === null) {
    const exists = operand(condition);
    if (typeof exists === 'string') return exists;
    return (list) => (Array.isArray(list) ? list.filter((item) => exists(item).length > 0) : []);
  }
  const [, leftText = '', operator = '', rightText = ''] = comparison;
  const left = operand(leftText);
  const right = operand(rightText);
  if (typeof left === 'string') return left;
  if (typeof right === 'string') return right;
  return (list) =>
    Array.isArray(list) ? list.filter((item) => compares(left(item)[0], operator, right(item)[0])) : [];
}

/** A path from the item (`@.type`), or a literal. */
function operand(text: string): JsonPath | string {
  const bare = text.trim();
  if (bare.startsWith('@')) return parseJsonPath(bare.slice(1));
  const quoted = /^'((?:\\.|[^'\\])*)'$|^"((?:\\.|[^"\\])*)"$/.exec(bare);
  if (quoted !== null) {
    const literal = (quoted[1] ?? quoted[2] ?? '').replace(/\\(.)/g, '$1');
    return () => [literal];
  }
  if (bare === 'true' || bare === 'false') return () => [bare === 'true'];
  if (/^-?\d+(\.\d+)?$/.test(bare)) return () => [Number(bare)];
  return `unrecognized identifier ${bare}`;
}

function compares(left: unknown, operator: string, right: unknown): boolean {
  if (left === undefined || right === undefined) return false;
  if (operator === '==') return jsonEqual(left, right);
  if (operator === '!=') return !jsonEqual(left, right);
  if (typeof left !== typeof right || (typeof left !== 'number' && typeof left !== 'string')) return false;
  const [a, b] = [left as number, right as number];
  if (operator === '<') return a < b;
  if (operator === '>') return a > b;
  return operator === '<=' ? a <= b : a >= b;
}

/** As a cell shows it: text as it is, lists and maps as JSON. */
export function printed(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return goNumber(value);
  return goJson(value);
}
