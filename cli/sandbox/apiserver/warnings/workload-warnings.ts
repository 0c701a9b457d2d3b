import type {
  V1CronJob,
  V1Job,
  V1JobSpec,
  V1PodTemplate,
  V1PodTemplateSpec,
  V1ReplicationController,
  V1StatefulSet,
} from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../apis/meta/v1.ts';
import { semanticallyEqual } from '../validation/immutable.ts';
import { claimSpecWarnings } from './amount-warnings.ts';
import { podTemplateWarnings, workloadNameWarnings } from './pod-warnings.ts';
import type { Written } from './written.ts';

/** Anything that holds a template for Pods at `spec.template`. */
type Workload = Written<{ spec?: { template?: V1PodTemplateSpec } }>;
const KEEPS_ALL =
  'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended';
const MANY_INDEXES =
  'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail';

/** Deployments and ReplicaSets: of a new one, and whenever more than its labels or status has changed. */
export function workloadWarnings(object: Workload, stored: Workload | undefined): string[] {
  if (isUnchanged(object, stored)) return [];
  const warnings = podTemplateWarnings(object.spec?.template, 'spec.template');
  return stored === undefined ? [...workloadNameWarnings(object.metadata.name), ...warnings] : warnings;
}

export function daemonSetWarnings(object: Workload, stored: Workload | undefined): string[] {
  if (stored !== undefined && semanticallyEqual(object.spec?.template, stored.spec?.template)) return [];
  return podTemplateWarnings(object.spec?.template, 'spec.template');
}

export function statefulSetWarnings(
  object: Written<V1StatefulSet>,
  stored: Written<V1StatefulSet> | undefined,
): string[] {
  const { template, volumeClaimTemplates, revisionHistoryLimit = 0 } = object.spec ?? {};
  // Kubernetes shows another path for one that has changed.
  const below = stored === undefined ? '' : '.Spec';
  return [
    ...(isUnchanged(object, stored) ? [] : podTemplateWarnings(template, 'spec.template')),
    ...(volumeClaimTemplates ?? []).flatMap(({ spec }, i) =>
      claimSpecWarnings(spec, `spec.volumeClaimTemplates[${i}]${below}`),
    ),
    ...(revisionHistoryLimit < 0 ? [KEEPS_ALL] : []),
  ];
}

export function replicationControllerWarnings(
  object: Written<V1ReplicationController>,
  stored: Written<V1ReplicationController> | undefined,
): string[] {
  if (isUnchanged(object, stored)) return [];
  // Kubernetes looks at the old template here, not at the new one.
  if (stored !== undefined) return podTemplateWarnings(stored.spec?.template, 'spec.template');
  return [
    ...workloadNameWarnings(object.metadata.name),
    ...podTemplateWarnings(object.spec?.template, 'spec.template'),
  ];
}

export function jobWarnings(object: Written<V1Job>, stored: Written<V1Job> | undefined): string[] {
  if (isUnchanged(object, stored)) return [];
  return [
    ...(stored === undefined ? workloadNameWarnings(object.metadata.name) : []),
    ...jobSpecWarnings(object.spec, 'spec'),
  ];
}

export function cronJobWarnings(object: Written<V1CronJob>, stored: Written<V1CronJob> | undefined): string[] {
  const warnings = isUnchanged(object, stored)
    ? []
    : jobSpecWarnings(object.spec?.jobTemplate?.spec, 'spec.jobTemplate.spec');
  if (stored === undefined) return [...workloadNameWarnings(object.metadata.name), ...warnings];
  if (object.spec?.schedule.includes('TZ')) {
    const where = 'https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/';
    warnings.push(
      `cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see ${where} for more details`,
    );
  }
  return warnings;
}

export function ownTemplateWarnings(
  object: Written<V1PodTemplate>,
  stored: Written<V1PodTemplate> | undefined,
): string[] {
  return isUnchanged(object, stored) ? [] : podTemplateWarnings(object.template, 'template');
}

function jobSpecWarnings(spec: DeepReadonly<V1JobSpec> | undefined, path: string): string[] {
  const { completionMode, completions = 0, parallelism = 0 } = spec ?? {};
  const isLarge = completionMode === 'Indexed' && completions > 100_000 && parallelism > 10_000;
  return [...(isLarge ? [`${path}: ${MANY_INDEXES}`] : []), ...podTemplateWarnings(spec?.template, `${path}.template`)];
}

function isUnchanged(object: Written<object>, stored: Written<object> | undefined): boolean {
  return stored !== undefined && object.metadata.generation === stored.metadata.generation;
}
