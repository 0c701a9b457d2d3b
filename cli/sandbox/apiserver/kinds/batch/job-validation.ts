import type { V1CronJob, V1Job, V1JobSpec } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { matches } from '../../../../../controller/kube/label-selector.ts';
import { internalPodSpec, internalPodTemplate } from '../../encoding/internal-form.ts';
import { invalid, notSupported, required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { nonNegative } from '../../validation/fields.ts';
import { IMMUTABLE, immutable, semanticallyEqual } from '../../validation/immutable.ts';
import { validateLabelSelector } from '../../validation/labels.ts';
import type { Typed } from '../built-in-kind.ts';
import type { Container } from '../pods/containers.ts';
import { isUsableSelector, type Selector, validatePodTemplate, validateSelected } from '../pods/pod-template.ts';
import { scheduleProblem } from './cron-schedule.ts';

type Spec = DeepReadonly<V1JobSpec>;
type Job = DeepReadonly<Typed<V1Job>>;
type CronJob = DeepReadonly<Typed<V1CronJob>>;

const MAX_INDEXED_PARALLELISM = 100000;
const COUNTS = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const;

export function validateJob({ metadata, spec }: Job): FieldError[] {
  if (spec === undefined) return [required('spec.template.spec.containers')];
  return [...validateGenerated(metadata, spec), ...validateSpec(spec)];
}

function validateSpec(spec: Spec): FieldError[] {
  const selector = spec.selector as Selector;
  return [
    ...validateJobSpec(spec, 'spec'),
    ...(selector ? validateLabelSelector(selector, 'spec.selector') : [required('spec.selector')]),
    ...validateSelected(selector, spec.template, 'spec.template'),
  ];
}

/** Unless it brings its own, its selector finds Pods by what each Job is given. */
function validateGenerated({ uid = '', name = '' }: Job['metadata'], spec: Spec): FieldError[] {
  const selector = spec.selector as Selector;
  if (spec.manualSelector || !selector || !isUsableSelector(selector)) return [];
  const generated = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  return matches(selector, generated) ? [] : [invalid('spec.selector', selector, '`selector` not auto-generated')];
}

export function validateJobUpdate(job: Job, stored: Job): FieldError[] {
  const { spec } = job;
  const old = stored.spec;
  const isElastic =
    spec?.completionMode === 'Indexed' &&
    spec.completions === spec.parallelism &&
    old?.completions === old?.parallelism;
  return [
    ...validateJob(job),
    // Twice, as in Kubernetes.
    ...(spec === undefined ? [] : validateSpec(spec)),
    ...(isElastic ? [] : immutable('spec.completions', spec?.completions ?? null, old?.completions)),
    ...immutable('spec.selector', spec?.selector ?? null, old?.selector),
    ...sameTemplate(job, stored),
    ...immutable('spec.completionMode', spec?.completionMode ?? null, old?.completionMode),
    ...immutable('spec.podFailurePolicy', spec?.podFailurePolicy ?? null, old?.podFailurePolicy),
    ...immutable('spec.backoffLimitPerIndex', spec?.backoffLimitPerIndex ?? null, old?.backoffLimitPerIndex),
    ...immutable('spec.managedBy', spec?.managedBy ?? null, old?.managedBy),
    ...immutable('spec.successPolicy', spec?.successPolicy ?? null, old?.successPolicy),
  ];
}

/** Where the Pods of a suspended Job go and what they may use can be said anew while there are none; nothing else of its template. */
function sameTemplate({ spec }: Job, { spec: old, status }: Job): FieldError[] {
  const { template = {} } = spec ?? {};
  const { template: oldTemplate = {} } = old ?? {};
  const isSuspended =
    status?.conditions?.some(({ type, status: is }) => type === 'Suspended' && is === 'True') ?? false;
  const isFree = old?.suspend === true && (status?.startTime === undefined || isSuspended) && !status?.active;
  const path = 'spec.template';
  if (!isFree) {
    if (semanticallyEqual(template, oldTemplate)) return [];
    return [invalid(path, internalPodTemplate(template), IMMUTABLE)];
  }
  const pod = template.spec ?? { containers: [] };
  const before = oldTemplate.spec ?? { containers: [] };
  const { nodeAffinity } = pod.affinity ?? {};
  const affinity = pod.affinity === undefined && isEmptyBut(before.affinity) ? undefined : before.affinity;
  const free = {
    affinity: affinity === undefined && nodeAffinity === undefined ? undefined : { ...affinity, nodeAffinity },
    nodeSelector: pod.nodeSelector,
    tolerations: pod.tolerations,
    schedulingGates: pod.schedulingGates,
    containers: withResourcesOf(before.containers, pod.containers),
    initContainers: withResourcesOf(before.initContainers ?? [], pod.initContainers ?? []),
  };
  if (semanticallyEqual(pod, { ...before, ...free })) return [];
  return [invalid(`${path}.spec`, internalPodSpec(pod), IMMUTABLE)];
}

type Affinity = NonNullable<NonNullable<NonNullable<Spec['template']>['spec']>['affinity']>;

/** Whether nothing is left without what it says of Nodes. */
function isEmptyBut(affinity: Affinity | undefined): boolean {
  return affinity?.podAffinity === undefined && affinity?.podAntiAffinity === undefined;
}

function withResourcesOf(containers: readonly Container[], others: readonly Container[]): readonly Container[] {
  if (containers.length !== others.length) return containers;
  return containers.map((container, i) => {
    const other = others[i];
    return other?.name === container.name ? { ...container, resources: other.resources ?? {} } : container;
  });
}

function validateJobSpec(spec: Spec, path: string): FieldError[] {
  const errors = COUNTS.flatMap((field) => nonNegative(spec[field], `${path}.${field}`));
  const { completionMode, completions, parallelism = 0, maxFailedIndexes, backoffLimitPerIndex } = spec;
  if (maxFailedIndexes !== undefined && backoffLimitPerIndex === undefined) {
    errors.push(required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  }
  if (completionMode === 'Indexed') {
    if (completions === undefined) errors.push(required(`${path}.completions`, 'when completion mode is Indexed'));
    if (parallelism > MAX_INDEXED_PARALLELISM) {
      const why = `must be less than or equal to ${MAX_INDEXED_PARALLELISM} when completion mode is Indexed`;
      errors.push(invalid(`${path}.parallelism`, parallelism, why));
    }
    if (completions !== undefined && maxFailedIndexes !== undefined && maxFailedIndexes > completions) {
      const why = 'must be less than or equal to completions';
      errors.push(invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, why));
    }
  } else if (completionMode !== undefined && completionMode !== 'NonIndexed') {
    errors.push(notSupported(`${path}.completionMode`, completionMode, ['NonIndexed', 'Indexed']));
  } else {
    for (const [field, value] of Object.entries({ backoffLimitPerIndex, maxFailedIndexes })) {
      if (value !== undefined) errors.push(invalid(`${path}.${field}`, value, 'requires indexed completion mode'));
    }
  }
  return [
    ...errors,
    ...validatePodTemplate(spec.template ?? {}, `${path}.template`),
    ...validateRestartPolicy(spec, `${path}.template.spec.restartPolicy`),
  ];
}

function validateRestartPolicy({ template, podFailurePolicy }: Spec, path: string): FieldError[] {
  const policy = template?.spec?.restartPolicy ?? '';
  if (policy === '' || policy === 'Always') return [required(path, 'valid values: "OnFailure", "Never"')];
  if (policy !== 'OnFailure' && policy !== 'Never') return [notSupported(path, policy, ['OnFailure', 'Never'])];
  return podFailurePolicy !== undefined && policy !== 'Never'
    ? [invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified')]
    : [];
}

/** The name has to leave room for what Jobs add to it. */
export function validateCronJob(cronJob: CronJob): FieldError[] {
  const name = cronJob.metadata.name ?? '';
  const why = 'must be no more than 52 characters';
  return [...validateCronJobUpdate(cronJob), ...(name.length > 52 ? [invalid('metadata.name', name, why)] : [])];
}

export function validateCronJobUpdate({ spec }: CronJob): FieldError[] {
  const { schedule = '', concurrencyPolicy, jobTemplate, timeZone } = spec ?? {};
  const policies = ['Allow', 'Forbid', 'Replace'];
  const job = jobTemplate?.spec;
  return [
    ...(schedule === '' ? [required('spec.schedule')] : validateSchedule(schedule)),
    ...nonNegative(spec?.startingDeadlineSeconds, 'spec.startingDeadlineSeconds'),
    ...(timeZone === undefined ? [] : validateTimeZone(timeZone)),
    ...(policies.includes(concurrencyPolicy ?? '')
      ? []
      : [notSupported('spec.concurrencyPolicy', concurrencyPolicy, policies)]),
    ...(job === undefined ? [] : validateJobSpec(job, 'spec.jobTemplate.spec')),
    ...(job?.selector === undefined
      ? []
      : [invalid('spec.jobTemplate.spec.selector', job.selector, '`selector` will be auto-generated')]),
    ...(job?.manualSelector ? [notSupported('spec.jobTemplate.spec.manualSelector', true, ['nil', 'false'])] : []),
    ...nonNegative(spec?.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit'),
    ...nonNegative(spec?.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit'),
  ];
}

function validateSchedule(schedule: string): FieldError[] {
  const problem = scheduleProblem(schedule);
  const zone = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
  return [
    ...(problem === undefined ? [] : [invalid('spec.schedule', schedule, problem)]),
    ...(schedule.includes('TZ') ? [invalid('spec.schedule', schedule, zone)] : []),
  ];
}

function validateTimeZone(timeZone: string): FieldError[] {
  const path = 'spec.timeZone';
  if (timeZone === '') return [invalid(path, timeZone, 'timeZone must be nil or non-empty string')];
  const unknown = `unknown time zone ${timeZone}`;
  if (timeZone.toLowerCase() === 'local') {
    const why = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    return [invalid(path, timeZone, why)];
  }
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return [];
  } catch {
    return [invalid(path, timeZone, unknown)];
  }
}
