import type { Attributes, PolicyRule } from '../resources/authorizer.ts';

/** Whether a rule of RBAC allows a request. Kubernetes: `RuleAllows`. */
export function allows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!hasOrAll(rule.verbs, attributes.verb)) return false;
  if (!attributes.resourceRequest) return coversPath(rule.nonResourceURLs, attributes.path ?? '');
  return (
    hasOrAll(rule.apiGroups, attributes.group) &&
    matchesResource(rule.resources, attributes.resource, attributes.subresource) &&
    (isEmpty(rule.resourceNames) || rule.resourceNames.includes(attributes.name))
  );
}

/** What of `wanted` the owner of `held` does not have, in single rights. Kubernetes: `validation.Covers`. */
export function missingRights(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  const single = wanted.flatMap(singleRights);
  return single.filter((right) => !held.some((rule) => covers(rule, right)));
}

/** As an escalation's message tells rights: one line each, the verbs of a resource together. */
export function describeRights(rights: readonly PolicyRule[]): string[] {
  const lines = new Set<string>();
  const byResource = new Map<string, PolicyRule>();
  for (const right of rights) {
    if (!isEmpty(right.nonResourceURLs)) {
      lines.add(inGo(right));
      continue;
    }
    const key = JSON.stringify([right.apiGroups, right.resources, right.resourceNames ?? []]);
    const known = byResource.get(key);
    byResource.set(key, known === undefined ? right : { ...known, verbs: [...known.verbs, ...right.verbs] });
  }
  for (const right of byResource.values()) lines.add(inGo(right));
  return [...lines].sort(byBytes);
}

function singleRights(rule: PolicyRule): PolicyRule[] {
  const rights: PolicyRule[] = [];
  for (const group of rule.apiGroups ?? []) {
    for (const resource of rule.resources ?? []) {
      for (const verb of rule.verbs ?? []) {
        const right = { apiGroups: [group], resources: [resource], verbs: [verb] };
        if (isEmpty(rule.resourceNames)) rights.push(right);
        else rights.push(...rule.resourceNames.map((name) => ({ ...right, resourceNames: [name] })));
      }
    }
  }
  for (const url of rule.nonResourceURLs ?? []) {
    rights.push(...rule.verbs.map((verb) => ({ nonResourceURLs: [url], verbs: [verb] })));
  }
  return rights;
}

function covers(rule: PolicyRule, right: PolicyRule): boolean {
  const names = right.resourceNames ?? [];
  return (
    right.verbs.every((verb) => hasOrAll(rule.verbs, verb)) &&
    (right.apiGroups ?? []).every((group) => hasOrAll(rule.apiGroups, group)) &&
    (right.resources ?? []).every((resource) => coversResource(rule.resources, resource)) &&
    (right.nonResourceURLs ?? []).every((url) => coversUrl(rule.nonResourceURLs, url)) &&
    (isEmpty(rule.resourceNames) || (names.length > 0 && names.every((name) => rule.resourceNames?.includes(name))))
  );
}

function matchesResource(rules: readonly string[] | undefined, resource: string, subresource: string): boolean {
  if (rules === undefined) return false;
  if (subresource === '') return rules.includes('*') || rules.includes(resource);
  return rules.includes('*') || rules.includes(`${resource}/${subresource}`) || rules.includes(`*/${subresource}`);
}

function coversResource(rules: readonly string[] | undefined, resource: string): boolean {
  if (hasOrAll(rules, resource)) return true;
  const slash = resource.indexOf('/');
  return slash >= 0 && (rules?.includes(`*${resource.slice(slash)}`) ?? false);
}

function coversPath(urls: readonly string[] | undefined, path: string): boolean {
  return (urls?.includes('*') ?? false) || coversUrl(urls, path);
}

function coversUrl(urls: readonly string[] | undefined, url: string): boolean {
  return (urls ?? []).some((own) => own === url || (own.endsWith('*') && url.startsWith(own.replace(/\*+$/, ''))));
}

function hasOrAll(values: readonly string[] | undefined, value: string): boolean {
  return values !== undefined && (values.includes(value) || values.includes('*'));
}

function isEmpty(values: readonly string[] | undefined): values is undefined | readonly [] {
  return values === undefined || values.length === 0;
}

function inGo(rule: PolicyRule): string {
  const parts: [string, readonly string[] | undefined][] = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ];
  const texts = parts.flatMap(([name, values]) => (isEmpty(values) ? [] : [`${name}:${quoteAll(values)}`]));
  return `{${texts.join(', ')}}`;
}

/** As Go prints a list of strings with `%q`. */
export function quoteAll(texts: readonly string[]): string {
  return `[${texts.map((text) => JSON.stringify(text)).join(' ')}]`;
}

function byBytes(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
