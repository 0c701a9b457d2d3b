import type { ResourceDefinition, Subresource } from '../resources/resource-definition.ts';
import { builtInKind } from './built-in-kind.ts';

type ResponseKind = Extract<Subresource, { kind: 'action' }>['responseKind'];

const known = new Map<string, ResourceDefinition>();

/** What a subresource with a kind of its own speaks, as that kind's definition: it is decoded, patched and checked like any other, and nowhere kept. */
export function spokenKind({ group, version, kind }: ResponseKind, namespaced: boolean): ResourceDefinition {
  const key = `${group}/${version}/${kind}/${namespaced}`;
  let definition = known.get(key);
  if (definition === undefined) {
    definition = builtInKind({ group, version, kind, plural: `${kind.toLowerCase()}s`, namespaced });
    known.set(key, definition);
  }
  return definition;
}
