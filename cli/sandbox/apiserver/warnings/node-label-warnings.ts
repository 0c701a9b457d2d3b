import type { V1NodeSelectorTerm } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../apis/meta/v1.ts';
import { isLabelValue } from '../validation/names.ts';

/** Labels of Nodes that have newer names (`pkg/api/node`). */
const DEPRECATED: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'app.kubernetes.io/created-by': 'deprecated since v1.9',
  'scheduler.alpha.kubernetes.io/preferAvoidPods': 'deprecated since v1.22; use Taints and Tolerations instead',
  'node-role.kubernetes.io/master': 'use "node-role.kubernetes.io/control-plane" instead',
};

export function deprecatedNodeLabel(key: string): string | undefined {
  return Object.hasOwn(DEPRECATED, key) ? DEPRECATED[key] : undefined;
}

/** `checksValues`: values that no label can have are only warned of where they are not refused. */
export function nodeSelectorTermWarnings(
  term: DeepReadonly<V1NodeSelectorTerm> | undefined,
  path: string,
  checksValues = false,
): string[] {
  return (term?.matchExpressions ?? []).flatMap(({ key, values }, i) => {
    const at = `${path}.matchExpressions[${i}]`;
    const why = deprecatedNodeLabel(key);
    const warnings = why === undefined ? [] : [`${at}.key: ${key} is ${why}`];
    if (!checksValues) return warnings;
    for (const [index, value] of (values ?? []).entries()) {
      for (const problem of isLabelValue(value)) {
        warnings.push(`${at}.values[${index}]: ${value} is invalid, ${problem}`);
      }
    }
    return warnings;
  });
}
