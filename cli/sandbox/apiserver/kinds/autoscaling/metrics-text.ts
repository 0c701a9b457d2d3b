import type { V2MetricSpec, V2MetricStatus, V2MetricTarget, V2MetricValueStatus } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';

type Spec = DeepReadonly<V2MetricSpec>;
type Status = DeepReadonly<V2MetricStatus> | undefined;
type Target = DeepReadonly<V2MetricTarget>;
type Current = DeepReadonly<V2MetricValueStatus> | undefined;

const SHOWN = 2;
const UNKNOWN = '<unknown>';

/** `cpu: 12%/80%`: current and wanted value of the first two metrics (`formatHPAMetrics`). */
export function metricsText(specs: readonly Spec[], statuses: readonly DeepReadonly<V2MetricStatus>[]): string {
  if (specs.length === 0) return '<none>';
  const texts = specs.map((spec, i) => metricText(spec, statuses[i]));
  const shown = texts.slice(0, SHOWN).join(', ');
  return texts.length > SHOWN ? `${shown} + ${texts.length - SHOWN} more...` : shown;
}

function metricText({ type, external, pods, object, resource, containerResource }: Spec, status: Status): string {
  switch (type) {
    case 'External':
      return external === undefined ? UNKNOWN : valueText(external.target, status?.external?.current);
    case 'Pods':
      return `${status?.pods?.current.averageValue ?? UNKNOWN}/${pods?.target.averageValue}`;
    case 'Object':
      return object === undefined ? UNKNOWN : valueText(object.target, status?.object?.current);
    case 'Resource':
      return resource === undefined ? UNKNOWN : utilizationText(resource, status?.resource?.current);
    case 'ContainerResource':
      return containerResource === undefined
        ? UNKNOWN
        : utilizationText(containerResource, status?.containerResource?.current);
    default:
      return '<unknown type>';
  }
}

function valueText(target: Target, current: Current): string {
  if (target.averageValue !== undefined) return `${current?.averageValue ?? UNKNOWN}/${target.averageValue} (avg)`;
  return `${current?.value ?? UNKNOWN}/${target.value}`;
}

function utilizationText(
  { name, target }: { readonly name: string; readonly target: Target },
  current: Current,
): string {
  if (target.averageValue !== undefined) return `${name}: ${current?.averageValue ?? UNKNOWN}/${target.averageValue}`;
  const percent = (value: number | undefined, missing: string): string => (value === undefined ? missing : `${value}%`);
  return `${name}: ${percent(current?.averageUtilization, UNKNOWN)}/${percent(target.averageUtilization, '<auto>')}`;
}
