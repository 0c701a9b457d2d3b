import type { V2HorizontalPodAutoscaler, V2HPAScalingRules } from '@kubernetes/client-node';
import { type Cell, columnsOf } from '../../columns/column.ts';
import { builtInKind, type Typed } from '../built-in-kind.ts';
import { validateAutoscaler } from './autoscaler-validation.ts';
import { metricsText } from './metrics-text.ts';

export const DEFAULT_CPU_UTILIZATION = 80;

export const AUTOSCALER_CELLS: Readonly<Record<string, Cell<Typed<V2HorizontalPodAutoscaler>>>> = {
  Reference: ({ spec }) => `${spec?.scaleTargetRef.kind}/${spec?.scaleTargetRef.name}`,
  Targets: ({ spec, status }) => metricsText(spec?.metrics ?? [], status?.currentMetrics ?? []),
  MinPods: ({ spec }) => String(spec?.minReplicas ?? '<unset>'),
  MaxPods: ({ spec }) => spec?.maxReplicas ?? 0,
  Replicas: ({ status }) => status?.currentReplicas ?? 0,
};

export const horizontalPodAutoscalers = builtInKind<V2HorizontalPodAutoscaler>({
  group: 'autoscaling',
  version: 'v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
  status: 'cleared',
  columns: columnsOf<Typed<V2HorizontalPodAutoscaler>>('autoscaling/v2/HorizontalPodAutoscaler', AUTOSCALER_CELLS),
  defaults({ spec }) {
    if (spec === undefined) return;
    spec.minReplicas ??= 1;
    if (!spec.metrics?.length) {
      const target = { type: 'Utilization', averageUtilization: DEFAULT_CPU_UTILIZATION };
      spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }];
    }
    if (spec.behavior) {
      spec.behavior.scaleUp = withDefaults(spec.behavior.scaleUp, SCALE_UP);
      spec.behavior.scaleDown = withDefaults(spec.behavior.scaleDown, SCALE_DOWN);
    }
  },
  validate: validateAutoscaler,
  validateUpdate: validateAutoscaler,
});

const SCALE_UP: V2HPAScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};
const SCALE_DOWN: V2HPAScalingRules = {
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
};

function withDefaults(rules: V2HPAScalingRules | undefined, defaults: V2HPAScalingRules): V2HPAScalingRules {
  const policies = rules?.policies ?? defaults.policies?.map((policy) => ({ ...policy }));
  return { ...defaults, ...rules, ...(policies === undefined ? {} : { policies }) };
}
