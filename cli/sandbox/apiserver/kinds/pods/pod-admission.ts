import type { V1PodSpec, V1PriorityClass, V1Toleration } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { forbidden } from '../../errors/status-error.ts';
import type { WriteContext } from '../../resources/resource-definition.ts';
import { SYSTEM_PRIORITIES } from '../scheduling/priority-class.ts';

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
const SECONDS = 300;
/** What Kubernetes' own admission adds to each Pod unless told otherwise: DefaultTolerationSeconds and Priority. */
export function admitPod(spec: V1PodSpec, name: string, context: WriteContext): void {
  addTolerations(spec);
  addPriority(spec, name, context);
}

/** A node that is lost is waited for five minutes, except by who says how long. */
function addTolerations(spec: V1PodSpec): void {
  const tolerations = spec.tolerations ?? [];
  const added = [NOT_READY, UNREACHABLE].filter((key) => !tolerations.some((one) => toleratesEviction(one, key)));
  if (added.length === 0) return;
  spec.tolerations = [
    ...tolerations,
    ...added.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: SECONDS })),
  ];
}

function toleratesEviction({ key, effect }: V1Toleration, taint: string): boolean {
  return (key === taint || !key) && (effect === 'NoExecute' || !effect);
}

function addPriority(spec: V1PodSpec, name: string, { storage }: WriteContext): void {
  const classes = storage
    .list('priorityclasses.scheduling.k8s.io')
    .map(({ object }) => object as unknown as DeepReadonly<V1PriorityClass> & { metadata: { name: string } });
  const wanted = spec.priorityClassName;
  const chosen = wanted
    ? classes.find(({ metadata }) => metadata.name === wanted)
    : classes.find(({ globalDefault }) => globalDefault === true);
  const value = chosen?.value ?? (wanted ? SYSTEM_PRIORITIES[wanted] : 0);
  if (value === undefined) {
    throw forbidden({ group: '', plural: 'pods' }, name, `no PriorityClass with name ${wanted} was found`);
  }
  if (!wanted && chosen !== undefined) spec.priorityClassName = chosen.metadata.name;
  spec.priority = value;
  spec.preemptionPolicy ??= chosen?.preemptionPolicy ?? 'PreemptLowerPriority';
}
