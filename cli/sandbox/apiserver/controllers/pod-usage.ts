import type { V1Container, V1Pod } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../apis/meta/v1.ts';
import { type Quantity, quantityOf } from '../encoding/quantity.ts';

type Amounts = Map<string, Quantity>;
type Container = DeepReadonly<V1Container>;

const ONE: Quantity = Object.freeze({ nano: 1_000_000_000n, format: 'DecimalSI' });
const NATIVE = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** What a Pod counts under a quota, beside `count/pods`: nothing once it has ended, or should have. Kubernetes: `PodUsageFunc`. */
export function podUsage(pod: DeepReadonly<V1Pod>, now: Date): Amounts {
  const usage: Amounts = new Map();
  if (hasEnded(pod, now)) return usage;
  usage.set('pods', ONE);
  for (const [name, amount] of amountsOf(pod, 'requests')) {
    if (NATIVE.has(name) || name.startsWith('hugepages-')) usage.set(name, amount);
    usage.set(`requests.${name}`, amount);
  }
  for (const [name, amount] of amountsOf(pod, 'limits')) {
    if (NATIVE.has(name)) usage.set(`limits.${name}`, amount);
  }
  return usage;
}

function hasEnded({ metadata, status }: DeepReadonly<V1Pod>, now: Date): boolean {
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return true;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata ?? {};
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return false;
  return Date.parse(String(deletionTimestamp)) < now.getTime();
}

/** Containers run together; those that prepare run one after the other, with the side-cars that were started before. */
function amountsOf({ spec }: DeepReadonly<V1Pod>, kind: 'requests' | 'limits'): Amounts {
  const running: Amounts = new Map();
  const sideCars: Amounts = new Map();
  const preparing: Amounts = new Map();
  for (const container of spec?.containers ?? []) addAll(running, amounts(container, kind));
  for (const container of spec?.initContainers ?? []) {
    const own = amounts(container, kind);
    if (container.restartPolicy === 'Always') {
      addAll(running, own);
      addAll(sideCars, own);
      raiseAll(preparing, sideCars);
    } else {
      const together = new Map(own);
      addAll(together, sideCars);
      raiseAll(preparing, together);
    }
  }
  raiseAll(running, preparing);
  const overhead = Object.entries(spec?.overhead ?? {}).filter(([name]) => kind === 'requests' || running.has(name));
  addAll(running, new Map(overhead.map(([name, amount]) => [name, quantityOf(amount)])));
  return running;
}

function amounts({ resources }: Container, kind: 'requests' | 'limits'): Amounts {
  return new Map(Object.entries(resources?.[kind] ?? {}).map(([name, amount]) => [name, quantityOf(amount)]));
}

function addAll(sum: Amounts, more: Amounts): void {
  for (const [name, amount] of more) {
    const before = sum.get(name);
    sum.set(name, before === undefined ? amount : { nano: before.nano + amount.nano, format: before.format });
  }
}

function raiseAll(highest: Amounts, other: Amounts): void {
  for (const [name, amount] of other) {
    const before = highest.get(name);
    if (before === undefined || before.nano < amount.nano) highest.set(name, amount);
  }
}
