import type { PolicyRule } from '../resources/authorizer.ts';

/** Rules in few words: lists are separated by spaces, which no verb, resource or path contains. */
export function resources(
  verbs: string,
  apiGroups: readonly string[],
  names: string,
  resourceNames?: string,
): PolicyRule {
  return {
    verbs: verbs.split(' '),
    apiGroups,
    resources: names.split(' '),
    ...(resourceNames === undefined ? {} : { resourceNames: resourceNames.split(' ') }),
  };
}

export function urls(verbs: string, nonResourceURLs: string): PolicyRule {
  return { verbs: verbs.split(' '), nonResourceURLs: nonResourceURLs.split(' ') };
}
