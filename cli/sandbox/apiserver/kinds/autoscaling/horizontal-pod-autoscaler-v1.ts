import type {
  V1HorizontalPodAutoscaler,
  V2HorizontalPodAutoscaler,
  V2MetricSpec,
  V2MetricStatus,
} from '@kubernetes/client-node';
import type { DeepReadonly, KubeObject } from '../../../../../apis/meta/v1.ts';
import { columnsOf } from '../../columns/column.ts';
import { builtInKind, type Typed } from '../built-in-kind.ts';
import { validateAutoscaler } from './autoscaler-validation.ts';
import { AUTOSCALER_CELLS, DEFAULT_CPU_UTILIZATION } from './horizontal-pod-autoscaler.ts';

type Old = DeepReadonly<Typed<V1HorizontalPodAutoscaler>>;
type Stored = DeepReadonly<Typed<V2HorizontalPodAutoscaler>>;

/** Where autoscaling/v1 shows what it has no fields for, as JSON. */
const METRICS = 'autoscaling.alpha.kubernetes.io/metrics';
const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior';

/** The same autoscalers as autoscaling/v1 shows them, which `kubectl autoscale` writes: the processor's use, and nothing else. */
export const oldHorizontalPodAutoscalers = builtInKind<V1HorizontalPodAutoscaler>({
  group: 'autoscaling',
  version: 'v1',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
  storageApiVersion: 'autoscaling/v2',
  conversion: { fromStored, toStored },
  status: 'cleared',
  fieldAnnotations: [
    METRICS,
    BEHAVIOR,
    'autoscaling.alpha.kubernetes.io/conditions',
    'autoscaling.alpha.kubernetes.io/current-metrics',
  ],
  columns: columnsOf<Typed<V1HorizontalPodAutoscaler>>(
    'autoscaling/v1/HorizontalPodAutoscaler',
    Object.fromEntries(
      Object.entries(AUTOSCALER_CELLS).map(([name, cell]) => [
        name,
        (object: Old, now: Date) => cell(asStored(object), now),
      ]),
    ),
  ),
  defaults({ metadata, spec }) {
    if (spec === undefined) return;
    spec.minReplicas ??= 1;
    if (metadata.annotations?.[METRICS] === undefined) {
      spec.targetCPUUtilizationPercentage ??= DEFAULT_CPU_UTILIZATION;
    }
  },
  validate: (object) => validateAutoscaler(asStored(object)),
  validateUpdate: (object) => validateAutoscaler(asStored(object)),
});

function asStored(object: Old): Stored {
  return toStored(object as unknown as DeepReadonly<KubeObject>) as unknown as Stored;
}

function toStored(object: DeepReadonly<KubeObject>): KubeObject {
  const { metadata, spec, status, ...identity } = object as unknown as Old;
  const { [METRICS]: others, [BEHAVIOR]: behavior, ...annotations } = metadata.annotations ?? {};
  const { targetCPUUtilizationPercentage: target, ...kept } = spec ?? { maxReplicas: 0, scaleTargetRef: undefined };
  const { currentCPUUtilizationPercentage: current, currentReplicas, desiredReplicas = 0, ...counts } = status ?? {};
  const metrics = [...(target === undefined ? [] : [cpuMetric(target)]), ...(parsed<V2MetricSpec[]>(others) ?? [])];
  return {
    ...identity,
    apiVersion: 'autoscaling/v2',
    metadata: withAnnotations(metadata, annotations),
    spec: {
      ...kept,
      ...(metrics.length === 0 ? {} : { metrics }),
      ...(behavior === undefined ? {} : { behavior: parsed(behavior) }),
    },
    status: {
      ...counts,
      ...(currentReplicas ? { currentReplicas } : {}), // v2 says nothing of none
      desiredReplicas,
      currentMetrics: current === undefined ? null : [cpuStatus(current)],
    },
  } as KubeObject;
}

function fromStored(stored: DeepReadonly<KubeObject>): KubeObject {
  const { metadata, spec, status, ...identity } = stored as unknown as Stored;
  const { metrics = [], behavior, ...kept } = spec ?? { maxReplicas: 0, scaleTargetRef: undefined };
  const { currentMetrics, conditions: _, ...counts } = status ?? { desiredReplicas: 0 };
  const cpu = metrics.find(isCpu);
  const others = metrics.filter((metric) => metric !== cpu);
  const current = (currentMetrics ?? []).find(({ resource }) => resource?.name === 'cpu')?.resource?.current;
  const target = cpu?.resource?.target.averageUtilization;
  return {
    ...identity,
    apiVersion: 'autoscaling/v1',
    metadata: withAnnotations(metadata, {
      ...metadata.annotations,
      ...(others.length === 0 ? {} : { [METRICS]: JSON.stringify(others) }),
      ...(behavior === undefined ? {} : { [BEHAVIOR]: JSON.stringify(behavior) }),
    }),
    spec: { ...kept, ...(target === undefined ? {} : { targetCPUUtilizationPercentage: target }) },
    status: {
      currentReplicas: 0,
      ...counts,
      ...(current?.averageUtilization === undefined
        ? {}
        : { currentCPUUtilizationPercentage: current.averageUtilization }),
    },
  } as unknown as KubeObject;
}

function withAnnotations(metadata: Old['metadata'], annotations: Readonly<Record<string, string>>): object {
  const { annotations: _, ...rest } = metadata;
  return Object.keys(annotations).length === 0 ? rest : { ...rest, annotations };
}

function isCpu({ type, resource }: DeepReadonly<V2MetricSpec>): boolean {
  return type === 'Resource' && resource?.name === 'cpu' && resource.target.averageUtilization !== undefined;
}

function cpuMetric(averageUtilization: number): V2MetricSpec {
  return { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } };
}

function cpuStatus(averageUtilization: number): V2MetricStatus {
  return { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization } } };
}

/** An annotation that somebody wrote by hand may be anything. */
function parsed<T>(json: string | undefined): T | undefined {
  if (json === undefined) return undefined;
  try {
    return JSON.parse(json) as T;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
