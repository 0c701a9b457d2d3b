/** The order in which Kubernetes tells of its own groups (`GroupPriorityMinimum`); custom ones follow by name. */
const BUILT_IN = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'resource.k8s.io',
  'flowcontrol.apiserver.k8s.io',
];

const STAGES = { alpha: 1, beta: 2, '': 3 } as const;

export function compareGroups(left: string, right: string): number {
  const [leftAt, rightAt] = [BUILT_IN.indexOf(left), BUILT_IN.indexOf(right)];
  if (leftAt < 0 && rightAt < 0) return compareText(left, right);
  if (leftAt < 0 || rightAt < 0) return leftAt < 0 ? 1 : -1;
  return leftAt - rightAt;
}

/** The better one first: `v2`, `v1`, `v2beta1`, `v1alpha1`, then what is no Kubernetes version, by name. */
export function compareVersions(left: string, right: string): number {
  const [leftRank, rightRank] = [rank(left), rank(right)];
  if (leftRank === undefined || rightRank === undefined) {
    if (leftRank === rightRank) return compareText(left, right);
    return leftRank === undefined ? 1 : -1;
  }
  for (const [index, own] of leftRank.entries()) {
    const difference = (rightRank[index] ?? 0) - own;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Stage, major version, number of the pre-release. */
function rank(version: string): readonly [number, number, number] | undefined {
  const match = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version);
  if (match === null) return undefined;
  const [, major, stage = '', number = '0'] = match;
  return [STAGES[stage as keyof typeof STAGES], Number(major), Number(number)];
}

export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
