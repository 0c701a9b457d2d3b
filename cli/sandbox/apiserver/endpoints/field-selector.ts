import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import { badRequest } from '../errors/status-error.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';

interface FieldRequirement {
  readonly field: string;
  readonly negated: boolean;
  readonly value: string;
  readonly read: (object: DeepReadonly<KubeObject>) => string;
}

export type FieldSelector = readonly FieldRequirement[];

const METADATA: Readonly<Record<string, FieldRequirement['read']>> = {
  'metadata.name': ({ metadata }) => metadata.name ?? '',
  'metadata.namespace': ({ metadata }) => metadata.namespace ?? '',
};

interface FieldTerm {
  readonly field: string;
  readonly negated: boolean;
  readonly value: string;
}

/** `metadata.name=web,status.phase!=Running`, of whatever kind. @throws {StatusError} 400 */
export function fieldTerms(text: string): readonly FieldTerm[] {
  return terms(text).map((term) => {
    const { field, negated, value } = parsed(term);
    return { field, negated, value: unescaped(value) };
  });
}

/** Terms as a kind understands them. @throws {StatusError} 400 */
export function fieldSelectorOf(found: readonly FieldTerm[], definition: ResourceDefinition): FieldSelector {
  // Kubernetes passes over what names nothing.
  return found
    .filter(({ field, value }) => field !== '' || value !== '')
    .map((term) => ({ ...term, read: reader(term.field, definition) }));
}

export function fieldsMatch(selector: FieldSelector, object: DeepReadonly<KubeObject>): boolean {
  return selector.every(({ negated, value, read }) => (read(object) === value) !== negated);
}

/** The one name that is wanted, if it is one. */
export function selectedName(selector: FieldSelector): string | undefined {
  return selector.find(({ field, negated }) => field === 'metadata.name' && !negated)?.value;
}

function reader(field: string, definition: ResourceDefinition): FieldRequirement['read'] {
  const { selectableFields, custom, namespaced } = definition;
  // Who names the fields of a kind without namespaces leaves that one out.
  const isNowhere =
    !custom && !namespaced && Object.keys(selectableFields).length > 0 && field === 'metadata.namespace';
  if (Object.hasOwn(METADATA, field) && !isNowhere) {
    const read = METADATA[field];
    if (read !== undefined) return read;
  }
  if (Object.hasOwn(selectableFields, field)) {
    const read = selectableFields[field];
    if (read !== undefined) return read;
  }
  if (custom || Object.keys(selectableFields).length > 0) throw badRequest(`field label not supported: ${field}`);
  throw badRequest(
    `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
}

/** Between commas that no backslash escapes. */
function terms(text: string): string[] {
  return (text.match(/(?:[^,\\]|\\.?)+/gs) ?? []).filter((term) => term !== '');
}

function parsed(term: string): { field: string; negated: boolean; value: string } {
  const match = /^((?:[^=!\\]|\\.|!(?!=))*)(!=|==|=)(.*)$/s.exec(term);
  if (match === null) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
  const [, field = '', operator, value = ''] = match;
  return { field, negated: operator === '!=', value };
}

function unescaped(value: string): string {
  if (/(?:^|[^\\])(?:\\\\)*=/.test(value)) throw badRequest(`invalid field selector: unescaped character in value: =`);
  return value.replace(/\\(.?)/gs, (_, character: string) => {
    if (character === '\\' || character === ',' || character === '=') return character;
    throw badRequest(`invalid field selector: invalid escape sequence: \\${character}`);
  });
}
