import type { V1PersistentVolumeClaim, V1Pod, V1Service } from '@kubernetes/client-node';
import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import { formatQuantity, type Quantity, quantityOf } from '../encoding/quantity.ts';
import type { ClusterServices } from '../resources/resource-definition.ts';
import type { Storage, Stored } from '../storage/storage.ts';
import { podUsage } from './pod-usage.ts';
import { podMatchesScopes, type QuotaSpec, scopesOf } from './quota-scopes.ts';

/** Amounts by the names that a quota's `hard` knows them by. */
export type Usage = Map<string, Quantity>;

const COUNT = 'count/';
const STORAGE_CLASS = '.storageclass.storage.k8s.io/';
/** What was counted before there was `count/…`. */
const LEGACY_COUNTS = new Set(['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets']);
const SERVICE_AMOUNTS = new Set(['services', 'services.nodeports', 'services.loadbalancers']);
const CLAIM_AMOUNTS = ['persistentvolumeclaims', 'requests.storage'];
const POD_AMOUNTS = new Set([
  'pods',
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
]);

/**
 * How much of what a quota limits is in use in its namespace, as `status.used` has it. A name that nothing measures, such as `count/` of a kind
 * that is not served, is left out. Kubernetes: `quota.CalculateUsage`.
 */
export function usedUnder(
  spec: QuotaSpec,
  namespace: string,
  look: { readonly storage: Storage; readonly cluster: ClusterServices; readonly now: Date },
): Record<string, string> {
  const scopes = scopesOf(spec);
  const used: Record<string, string> = {};
  const usageOfKind = new Map<string, Usage>();
  for (const name of Object.keys(spec.hard ?? {}).sort()) {
    const storageKey = measuredKind(name);
    if (storageKey === undefined || !isServed(storageKey, look.cluster)) continue;
    let usage = usageOfKind.get(storageKey);
    if (usage === undefined) {
      usage = new Map();
      // Only Pods are told apart by scopes; a quota with scopes counts nothing else.
      const objects = look.storage.list(storageKey, namespace);
      const counted = scopes.length === 0 ? objects : objects.filter((stored) => isInScope(stored, scopes));
      for (const { object } of counted) addUsage(usage, storageKey, object, look.now);
      usageOfKind.set(storageKey, usage);
    }
    used[name] = formatQuantity(usage.get(name) ?? { nano: 0n, format: 'DecimalSI' });
  }
  return used;
}

/** The kind whose objects are looked at for a limited amount. Events are never counted. */
export function measuredKind(name: string): string | undefined {
  if (name.startsWith(COUNT)) {
    const kind = name.slice(COUNT.length);
    return kind === 'events' || kind === 'events.events.k8s.io' ? undefined : kind;
  }
  if (LEGACY_COUNTS.has(name)) return name;
  if (SERVICE_AMOUNTS.has(name)) return 'services';
  if (CLAIM_AMOUNTS.some((amount) => name === amount || name.endsWith(STORAGE_CLASS + amount))) {
    return 'persistentvolumeclaims';
  }
  if (POD_AMOUNTS.has(name) || name.startsWith('hugepages-') || name.startsWith('requests.')) return 'pods';
  return undefined;
}

function isServed(storageKey: string, cluster: ClusterServices): boolean {
  for (const definition of cluster.definitions()) {
    if (definition.storageKey === storageKey) return definition.namespaced;
  }
  return false;
}

function isInScope(stored: Stored, scopes: ReturnType<typeof scopesOf>): boolean {
  return stored.storageKey === 'pods' && podMatchesScopes(stored.object as unknown as DeepReadonly<V1Pod>, scopes);
}

function addUsage(usage: Usage, storageKey: string, object: DeepReadonly<KubeObject>, now: Date): void {
  count(usage, `${COUNT}${storageKey}`);
  if (LEGACY_COUNTS.has(storageKey)) count(usage, storageKey);
  if (storageKey === 'services') addService(usage, object as unknown as DeepReadonly<V1Service>);
  if (storageKey === 'persistentvolumeclaims')
    addClaim(usage, object as unknown as DeepReadonly<V1PersistentVolumeClaim>);
  if (storageKey === 'pods') {
    for (const [name, amount] of podUsage(object as unknown as DeepReadonly<V1Pod>, now)) add(usage, name, amount);
  }
}

function addService(usage: Usage, { spec }: DeepReadonly<V1Service>): void {
  const ports = spec?.ports ?? [];
  count(usage, 'services');
  if (spec?.type === 'LoadBalancer') {
    count(usage, 'services.loadbalancers');
    const counted = spec.allocateLoadBalancerNodePorts === false ? ports.filter(({ nodePort }) => nodePort) : ports;
    count(usage, 'services.nodeports', counted.length);
  } else if (spec?.type === 'NodePort') {
    count(usage, 'services.nodeports', ports.length);
  }
}

function addClaim(usage: Usage, claim: DeepReadonly<V1PersistentVolumeClaim>): void {
  const inClass =
    claim.metadata?.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? claim.spec?.storageClassName;
  const requested = claim.spec?.resources?.requests?.storage;
  for (const prefix of inClass ? ['', `${inClass}${STORAGE_CLASS}`] : ['']) {
    count(usage, `${prefix}persistentvolumeclaims`);
    if (requested !== undefined) add(usage, `${prefix}requests.storage`, quantityOf(requested));
  }
}

function count(usage: Usage, name: string, by = 1): void {
  add(usage, name, { nano: BigInt(by) * 1_000_000_000n, format: 'DecimalSI' });
}

export function add(usage: Usage, name: string, amount: Quantity): void {
  const sum = usage.get(name);
  // As Kubernetes adds: the format of what was there first, unless that was nothing.
  if (sum === undefined || sum.nano === 0n) usage.set(name, amount);
  else usage.set(name, { nano: sum.nano + amount.nano, format: sum.format });
}
