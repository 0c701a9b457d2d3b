import type { Resource } from '../../apis/meta/resource.ts';
import { groupResourceOf } from '../../controller/kube/resource.ts';

/** Verbs without which a kind cannot be kept the same somewhere else. */
const VERBS_TO_PROPAGATE = ['create', 'delete', 'get', 'list', 'update', 'watch'];

/** The verbs that are missing for a kind to be federated; none when it can be. */
export function missingVerbs(resource: { readonly verbs: readonly string[] }): string[] {
  return VERBS_TO_PROPAGATE.filter((verb) => !resource.verbs.includes(verb));
}

/** Whether a word of `--skip-api-resources` names the kind: short name, kind, singular, plural, plural.group, or a whole group. */
export function isSkipped(
  resource: Pick<Resource, 'group' | 'kind' | 'plural'> & {
    readonly singular?: string;
    readonly shortNames?: readonly string[];
  },
  words: readonly string[],
): boolean {
  const names = [
    resource.kind.toLowerCase(),
    resource.plural,
    groupResourceOf(resource),
    ...(resource.singular === undefined ? [] : [resource.singular]),
    ...(resource.shortNames ?? []),
    ...(resource.group === '' ? [] : [resource.group]),
  ];
  return words.some((word) => names.includes(word.toLowerCase()));
}
