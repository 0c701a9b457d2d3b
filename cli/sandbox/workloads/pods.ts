import type { DeepReadonly, KubeObject } from '../../../apis/meta/v1.ts';
import type { Clock } from '../../../controller/time/clock.ts';
import { rfc3339 } from '../../../controller/time/rfc3339.ts';
import type { Condition, Pod, PodTemplate } from './kinds.ts';
import { controlledBy } from './objects.ts';

type ReadonlyPod = DeepReadonly<Pod>;

/** A Pod from a template, for its controller. */
export function podFrom(
  owner: DeepReadonly<KubeObject>,
  template: DeepReadonly<PodTemplate>,
  more: { readonly name?: string; readonly labels?: Record<string, string>; readonly spec?: object } = {},
): Pod {
  const { name = '', namespace = '' } = owner.metadata;
  const { labels, annotations } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(more.name === undefined ? { generateName: `${name}-` } : { name: more.name }),
      namespace,
      labels: { ...labels, ...more.labels },
      ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
      ownerReferences: [controlledBy(owner)],
    },
    spec: { ...(template.spec as Pod['spec']), ...more.spec },
  };
}

/** Neither ended nor on its way out. */
export function isActive({ metadata, status }: ReadonlyPod): boolean {
  return metadata.deletionTimestamp === undefined && status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

export function isReady({ status }: ReadonlyPod): boolean {
  return conditionOf(status?.conditions, 'Ready')?.status === 'True';
}

/** Milliseconds until it has been ready for long enough; 0: it has; `undefined`: it is not ready. */
export function untilAvailable(pod: ReadonlyPod, minReadySeconds: number, clock: Clock): number | undefined {
  if (!isReady(pod)) return undefined;
  if (minReadySeconds === 0) return 0;
  const since = Date.parse(conditionOf(pod.status?.conditions, 'Ready')?.lastTransitionTime ?? '');
  return Math.max(0, since + minReadySeconds * 1_000 - clock.now());
}

/** Those that go first: what runs nowhere, is not ready, or is young. Kubernetes: `ActivePods`. */
export function inOrderOfDispensability(pods: readonly ReadonlyPod[]): ReadonlyPod[] {
  const rank = (pod: ReadonlyPod): number => (pod.spec.nodeName === undefined ? 0 : isReady(pod) ? 2 : 1);
  const age = ({ metadata }: ReadonlyPod): string => metadata.creationTimestamp ?? '';
  return [...pods].sort((one, other) => rank(one) - rank(other) || (age(one) < age(other) ? 1 : -1));
}

export function conditionOf(
  conditions: readonly DeepReadonly<Condition>[] | undefined,
  type: string,
): DeepReadonly<Condition> | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function seconds(clock: Clock): string {
  return rfc3339(clock.now());
}
