import { GenerateError } from './generate-error.ts';

const BEGIN = '# fedmesh: names of Services of other clusters';
const END = '# fedmesh: end';

/** Where k3s and others have people's own rules for the server block of the cluster's domain. */
const CUSTOM_RULES = /^\s*import\s+\S*custom\/\*\.override\s*$/m;

/** The line of the plugin that answers for the cluster's own names. */
const KUBERNETES = /^([ \t]*)kubernetes(?:[ \t]+([^\s{]+))?/;

/** Whether rules have to go into a ConfigMap of their own (`coredns-custom`), for the Corefile is written by an installer. */
export function takesCustomRules(corefile: string): boolean {
  return CUSTOM_RULES.test(corefile);
}

/** The domain for which a Corefile asks Kubernetes: `cluster.local`. */
export function clusterDomainOf(corefile: string): string | undefined {
  for (const line of corefile.split('\n')) {
    const zone = KUBERNETES.exec(line)?.[2];
    if (zone !== undefined) return zone.replace(/\.$/, '');
  }
  return undefined;
}

/**
 * A Corefile with this rule in every server block that asks Kubernetes, in place of what was put there before.
 * @throws GenerateError where there is no such block
 */
export function withRule(corefile: string, rule: string): string {
  const lines = withoutRule(corefile).split('\n');
  const edited = lines.flatMap((line) => {
    const indent = KUBERNETES.exec(line)?.[1];
    if (indent === undefined) return [line];
    return [...block(rule).map((own) => `${indent}${own}`), line];
  });
  if (edited.length > lines.length) return edited.join('\n');
  throw new GenerateError(
    'the Corefile has no server block with the kubernetes plugin',
    'leave the context out to get the rule alone, and put it where the names of the cluster are answered',
  );
}

/** As it was before. */
export function withoutRule(corefile: string): string {
  let inside = false;
  const kept = corefile.split('\n').filter((line) => {
    const text = line.trim();
    if (text === BEGIN) inside = true;
    const keep = !inside;
    if (text === END) inside = false;
    return keep;
  });
  if (!inside) return kept.join('\n');
  throw new GenerateError(
    `the Corefile has "${BEGIN}" and no "${END}" after it`,
    'put the second line back behind the rule, or delete the rule by hand',
  );
}

/** The rule between its marks. */
export function block(rule: string): string[] {
  return [BEGIN, ...rule.trimEnd().split('\n'), END];
}
