import { invalid } from '../errors/field-errors.ts';
import { badRequest, type StatusError } from '../errors/status-error.ts';
import { isLabelValue, isQualifiedName } from '../validation/names.ts';

type Labels = Readonly<Record<string, string>>;

export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';
  readonly values: readonly string[];
}

interface Token {
  readonly kind:
    | 'identifier'
    | 'end'
    | '!'
    | '!='
    | '='
    | '=='
    | '>'
    | '<'
    | '('
    | ')'
    | ','
    | 'in'
    | 'notin'
    | 'error';
  readonly text: string;
}

const OPERATORS = new Set(['=', '==', '!=', 'in', 'notin', '>', '<']);
const SPECIAL = '=!(),><';

/** `app=web,tier in (a,b),!legacy,size>3`. Kubernetes: `labels.Parse`. @throws {StatusError} 400 */
export function parseLabelSelector(text: string): readonly LabelRequirement[] {
  if (text === '') return [];
  return new Parser(tokens(text)).requirements();
}

export function labelsMatch(selector: readonly LabelRequirement[], labels: Labels = {}): boolean {
  return selector.every((requirement) => meets(requirement, labels));
}

function meets({ key, operator, values }: LabelRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case 'in':
      return value !== undefined && values.includes(value);
    case 'notin':
      return value === undefined || !values.includes(value);
    default: {
      if (value === undefined || !/^[+-]?\d+$/.test(value)) return false;
      const [own, limit] = [BigInt(value), BigInt(values[0] ?? 0)];
      return operator === 'gt' ? own > limit : own < limit;
    }
  }
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at] ?? '';
    if (/[ \t\r\n]/.test(character)) at += 1;
    else if (SPECIAL.includes(character)) {
      let symbol = '';
      // As many symbols as make sense together: `!=`, `==`.
      while (at < text.length && SPECIAL.includes(text[at] ?? '') && isSymbol(symbol + text[at])) {
        symbol += text[at];
        at += 1;
      }
      found.push({ kind: symbol as Token['kind'], text: symbol });
    } else {
      const start = at;
      while (at < text.length && !SPECIAL.includes(text[at] ?? '') && !/[ \t\r\n]/.test(text[at] ?? '')) at += 1;
      const word = text.slice(start, at);
      found.push({ kind: word === 'in' || word === 'notin' ? word : 'identifier', text: word });
    }
  }
  return [...found, { kind: 'end', text: '' }];
}

function isSymbol(text: string): boolean {
  return ['=', '==', '!=', '!', '(', ')', ',', '>', '<'].includes(text);
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(all: readonly Token[]) {
    this.#tokens = all;
  }

  requirements(): LabelRequirement[] {
    const found: LabelRequirement[] = [];
    for (;;) {
      const token = this.#look();
      if (token.kind === 'end') return sorted(found);
      if (token.kind !== 'identifier' && token.kind !== 'in' && token.kind !== 'notin' && token.kind !== '!') {
        throw badRequest(`found '${token.text}', expected: !, identifier, or 'end of string'`);
      }
      found.push(this.#requirement());
      const next = this.#take();
      if (next.kind === 'end') return sorted(found);
      if (next.kind !== ',') throw badRequest(`found '${next.text}', expected: ',' or 'end of string'`);
      const after = this.#look();
      if (after.kind !== 'identifier' && after.kind !== '!' && after.kind !== 'in' && after.kind !== 'notin') {
        throw badRequest(`found '${after.text}', expected: identifier after ','`);
      }
    }
  }

  #requirement(): LabelRequirement {
    const negated = this.#look().kind === '!';
    if (negated) this.#at += 1;
    const key = this.#take();
    if (key.kind !== 'identifier' && key.kind !== 'in' && key.kind !== 'notin') {
      throw problem(`found '${key.text}', expected: identifier`);
    }
    const names = isQualifiedName(key.text);
    if (names.length > 0) throw problem(fieldText('<nil>', key.text, names.join('; ')));
    const next = this.#look().kind;
    if (negated || next === 'end' || next === ',') {
      return { key: key.text, operator: negated ? '!' : 'exists', values: [] };
    }
    const operator = this.#take();
    if (!OPERATORS.has(operator.kind)) {
      throw problem(`found '${operator.text}', expected: in, notin, =, ==, !=, gt, lt`);
    }
    const isSet = operator.kind === 'in' || operator.kind === 'notin';
    const values = isSet ? this.#values() : [this.#exactValue()];
    return checked(key.text, operator.kind, values);
  }

  #exactValue(): string {
    const next = this.#look();
    if (next.kind === 'end' || next.kind === ',') return '';
    this.#at += 1;
    if (next.kind === 'identifier' || next.kind === 'in' || next.kind === 'notin') return next.text;
    throw problem(`found '${next.text}', expected: identifier`);
  }

  #values(): string[] {
    const open = this.#take();
    if (open.kind !== '(') throw problem(`found '${open.text}' expected: '('`);
    const found = new Set<string>();
    let expectsValue = true;
    for (;;) {
      const token = this.#take();
      if (token.kind === ')') {
        if (expectsValue) found.add('');
        return [...found].sort();
      }
      if (token.kind === ',') {
        if (expectsValue) found.add('');
        expectsValue = true;
      } else if ((token.kind === 'identifier' || token.kind === 'in' || token.kind === 'notin') && expectsValue) {
        found.add(token.text);
        expectsValue = false;
      } else if (expectsValue) throw problem(`found '${token.text}', expected: ',', ')' or identifier`);
      else throw problem(`found '${token.text}', expected: ',' or ')'`);
    }
  }

  #look(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '' };
  }

  #take(): Token {
    const token = this.#look();
    this.#at += 1;
    return token;
  }
}

function checked(key: string, symbol: Token['kind'], values: readonly string[]): LabelRequirement {
  if (symbol === '>' || symbol === '<') {
    const [value = ''] = values;
    if (!/^[+-]?\d+$/.test(value)) {
      throw problem(fieldText('values[0]', value, "for 'Gt', 'Lt' operators, the value must be an integer"));
    }
    return { key, operator: symbol === '>' ? 'gt' : 'lt', values };
  }
  values.forEach((value, index) => {
    const problems = isLabelValue(value);
    if (problems.length > 0) throw problem(fieldText(`values[${index}][${key}]`, value, problems.join('; ')));
  });
  return { key, operator: symbol === '!=' || symbol === 'notin' ? 'notin' : 'in', values };
}

function fieldText(field: string, value: string, why: string): string {
  return `${field}: ${invalid(field, value, why).message}`;
}

function problem(message: string): StatusError {
  return badRequest(`unable to parse requirement: ${message}`);
}

function sorted(requirements: readonly LabelRequirement[]): LabelRequirement[] {
  return [...requirements].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}
