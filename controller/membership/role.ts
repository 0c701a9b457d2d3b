import { COUNTING_QUOTA } from '../ownership/namespace-count.ts';
import type { PolicyRule } from './kinds.ts';
import { RBAC_GROUP } from './kinds.ts';
import { clusterRoleOf, type MemberNames } from './names.ts';
import { type MeshNeeds, meshRules, NETWORK_RULES, PROBE_RULE } from './network-rules.ts';

/** A kind that is federated, as RBAC names it. */
export interface GrantedType {
  readonly group: string;
  readonly plural: string;
}

export interface RoleInput {
  readonly names: MemberNames;
  readonly scope: 'Cluster' | 'Namespaced';
  /** The control plane's namespace in the member. */
  readonly namespace: string;
  /** The targets of the type configs that are propagated. */
  readonly types: readonly GrantedType[];
  /** Join made the namespace, so unjoin may delete it. */
  readonly ownsNamespace: boolean;
  /** Roles and bindings are federated too. */
  readonly allowRbac: boolean;
  /** Reachability is probed: what the member's probes found is read through its API server. */
  readonly probes: boolean;
  /** KubeFed's role: everything. */
  readonly full: boolean;
  /** What the mesh between the members asks of it; missing: there is none. */
  readonly mesh?: MeshNeeds | undefined;
}

/** What sync and unjoin do with the objects they look after. */
const OBJECT_VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];
/** Kinds in the group `apps` whose replicas ReplicaSchedulingPreferences share out. */
const SCHEDULED_PLURALS: readonly string[] = ['deployments', 'replicasets'];
/** What health and discovery read. */
const READ_URLS = ['/healthz', '/version', '/api', '/api/*', '/apis', '/apis/*'];

/** What a member grants: everywhere in it, and in the control plane's namespace. */
export interface MemberRules {
  readonly cluster: PolicyRule[];
  readonly namespaced: PolicyRule[];
}

export function memberRules(input: RoleInput): MemberRules {
  if (input.scope === 'Namespaced') return limitedRules(input);
  return { cluster: clusterRoleRules(input), namespaced: namespacedRoleRules(input.names) };
}

/**
 * For a control plane that is limited to its namespace: the same, in that namespace. In the rest of the member it may look
 * at what cannot be in one, and take that right away. (KubeFed lets it list nodes too, for zones that it never shows.)
 */
function limitedRules(input: RoleInput): MemberRules {
  const { namespace, names, types, ownsNamespace, allowRbac, full } = input;
  const granted = grantedTypes(input);
  const home = { apiGroups: [''], resources: ['namespaces'], resourceNames: [namespace] };
  const namespaced = [
    ...objectRules(granted),
    ...podRules(granted),
    ...(allowRbac ? rbacRules(types) : []),
    // A Role in a namespace holds for the object of that namespace too.
    { ...home, verbs: ownsNamespace ? ['get', 'patch', 'delete'] : ['get'] },
    ...(ownsNamespace ? countingRules(granted) : []),
    ...namespacedRoleRules(names),
  ];
  return {
    cluster: [
      { apiGroups: [''], resources: ['namespaces'], resourceNames: ['kube-system'], verbs: ['get'] },
      ...ownClusterRules(clusterRoleOf(names, input)),
      { nonResourceURLs: READ_URLS, verbs: ['get'] },
    ],
    namespaced: full ? [EVERYTHING] : namespaced,
  };
}

/**
 * The rules of the member's ClusterRole: the verbs that are used, on the kinds that are federated; what health, discovery and
 * scheduling read; what tells the member's address ranges; and the right to look at and to take away these very rights.
 *
 * Writing roles and bindings needs more than the verbs on them: Kubernetes lets nobody grant what they do not hold, unless
 * they hold `escalate` on roles and `bind` on bindings. Whoever holds these can grant anything, so whoever may write a
 * FederatedClusterRole on the host becomes an administrator of every member. Hence only on request.
 */
function clusterRoleRules(input: RoleInput): PolicyRule[] {
  if (input.full) return fullRules();
  const types = grantedTypes(input);
  const federatesNamespaces = types.some(({ group, plural }) => group === '' && plural === 'namespaces');
  return [
    ...objectRules(types),
    ...podRules(types),
    ...(input.allowRbac ? rbacRules(types) : []),
    ...(federatesNamespaces ? [] : namespaceRules(input)),
    ...(federatesNamespaces || input.ownsNamespace ? countingRules(types) : []),
    ...NETWORK_RULES,
    ...(input.probes ? [PROBE_RULE] : []),
    ...meshRules(input.mesh),
    ...ownClusterRules(input.names.role),
    { nonResourceURLs: READ_URLS, verbs: ['get'] },
  ];
}

/** The rules of the Role in the control plane's namespace: the ServiceAccount's own renewal and end. */
function namespacedRoleRules(names: MemberNames): PolicyRule[] {
  const resourceNames = [names.serviceAccount];
  return [
    { apiGroups: [''], resources: ['serviceaccounts'], resourceNames, verbs: ['get', 'delete'] },
    { apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames, verbs: ['create'] },
    { apiGroups: [RBAC_GROUP], resources: ['rolebindings', 'roles'], resourceNames: [names.role], verbs: ['get'] },
  ];
}

/** Federated kinds that are not granted unless asked for: roles and bindings. */
export function withheldTypes(types: readonly GrantedType[], options: { allowRbac: boolean }): GrantedType[] {
  return options.allowRbac ? [] : types.filter(({ group }) => group === RBAC_GROUP);
}

const EVERYTHING: PolicyRule = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };

/** KubeFed v0.10.0's role in a member. */
function fullRules(): PolicyRule[] {
  return [EVERYTHING, { nonResourceURLs: ['*'], verbs: ['get'] }];
}

function grantedTypes(input: RoleInput): GrantedType[] {
  return input.types.filter(({ group }) => input.allowRbac || group !== RBAC_GROUP);
}

function objectRules(types: readonly GrantedType[]): PolicyRule[] {
  const byGroup = new Map<string, Set<string>>();
  for (const { group, plural } of types) byGroup.set(group, (byGroup.get(group) ?? new Set()).add(plural));
  return [...byGroup]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, plurals]) => ({ apiGroups: [group], resources: [...plurals].sort(), verbs: OBJECT_VERBS }));
}

/**
 * Replicas are shared out by which Pods find a node. It gives away nothing: whoever may write a workload may run any Pod,
 * and listing is the only verb.
 */
function podRules(types: readonly GrantedType[]): PolicyRule[] {
  const isScheduled = types.some(({ group, plural }) => group === 'apps' && SCHEDULED_PLURALS.includes(plural));
  const isFederated = types.some(({ group, plural }) => group === '' && plural === 'pods');
  return isScheduled && !isFederated ? [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }] : [];
}

function rbacRules(types: readonly GrantedType[]): PolicyRule[] {
  return types.some(({ group }) => group === RBAC_GROUP)
    ? [{ apiGroups: [RBAC_GROUP], resources: ['clusterroles', 'roles'], verbs: ['bind', 'escalate'] }]
    : [];
}

function namespaceRules({ namespace, ownsNamespace }: RoleInput): PolicyRule[] {
  const rule = { apiGroups: [''], resources: ['namespaces'] };
  return [
    { ...rule, resourceNames: ['kube-system', namespace], verbs: ['get'] },
    ...(ownsNamespace ? [{ ...rule, resourceNames: [namespace], verbs: ['patch', 'delete'] }] : []),
  ];
}

/** What it takes to know that a namespace is empty without reading what is in it. */
function countingRules(types: readonly GrantedType[]): PolicyRule[] {
  const quotas = { apiGroups: [''], resources: ['resourcequotas'] };
  const everywhere = [
    { resources: ['configmaps'], resourceNames: ['kube-root-ca.crt'] },
    { resources: ['serviceaccounts'], resourceNames: ['default'] },
  ].filter(({ resources }) => !types.some(({ group, plural }) => group === '' && resources.includes(plural)));
  return [
    // RBAC cannot bind a creation to a name.
    { ...quotas, verbs: ['create'] },
    { ...quotas, resourceNames: [COUNTING_QUOTA], verbs: ['get', 'delete'] },
    ...everywhere.map((rule) => ({ apiGroups: [''], ...rule, verbs: ['get'] })),
  ];
}

function ownClusterRules(role: string): PolicyRule[] {
  const rule = { apiGroups: [RBAC_GROUP], resourceNames: [role] };
  return [
    { ...rule, resources: ['clusterroles'], verbs: ['get'] },
    { ...rule, resources: ['clusterrolebindings'], verbs: ['get', 'delete'] },
  ];
}

/** Whether rules let their holder list a kind in every namespace. */
export function grantsList(rules: readonly PolicyRule[], type: GrantedType): boolean {
  return rules.some(
    (rule) =>
      rule.resourceNames === undefined &&
      holds(rule.apiGroups, type.group) &&
      holds(rule.resources, type.plural) &&
      holds(rule.verbs, 'list'),
  );
}

/** Whether rules let their holder ask probes. */
export function grantsProbes(rules: readonly PolicyRule[]): boolean {
  return rules.some(({ resources }) => PROBE_RULE.resources?.some((resource) => holds(resources, resource)) === true);
}

/** Whether rules grant everything, as KubeFed's do. */
export function grantsEverything(rules: readonly PolicyRule[]): boolean {
  return rules.some(
    ({ apiGroups, resources, verbs }) =>
      apiGroups?.includes('*') === true && resources?.includes('*') === true && verbs.includes('*'),
  );
}

function holds(list: readonly string[] | undefined, word: string): boolean {
  return list?.some((entry) => entry === '*' || entry === word) ?? false;
}
