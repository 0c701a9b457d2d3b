import { randomUUID } from 'node:crypto';
import type { V1Job, V1JobSpec } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { containerImages, containerNames, formatSelector } from '../../columns/cells.ts';
import { columnsOf } from '../../columns/column.ts';
import { humanDuration } from '../../columns/human-duration.ts';
import { jobWarnings } from '../../warnings/workload-warnings.ts';
import { builtInKind, type Typed } from '../built-in-kind.ts';
import { defaultPodSpec } from '../pods/pod-spec-defaults.ts';
import { validateJob, validateJobUpdate } from './job-validation.ts';

const MAX_INT32 = 2147483647;

export const jobs = builtInKind<V1Job>({
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  categories: ['all'],
  namespaced: true,
  hasGeneration: true,
  // Old clients count on finding the Pods of a Job that they deleted.
  defaultPropagation: 'Orphan',
  defaultPropagationWarning:
    'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
  status: 'cleared',
  selectableFields: { 'status.successful': ({ status }) => String(status?.succeeded ?? 0) },
  columns: columnsOf<Typed<V1Job>>('batch/v1/Job', {
    Status: statusOf,
    Completions: completionsOf,
    Duration: ({ status }, now) => {
      if (!status?.startTime) return '';
      const end = status.completionTime ? new Date(text(status.completionTime)) : now;
      return humanDuration(end.getTime() - new Date(text(status.startTime)).getTime());
    },
    Containers: ({ spec }) => containerNames(spec?.template.spec?.containers),
    Images: ({ spec }) => containerImages(spec?.template.spec?.containers),
    Selector: ({ spec }) => formatSelector(spec?.selector),
  }),
  defaults(job) {
    if (job.spec === undefined) return;
    const labels = job.spec.template?.metadata?.labels;
    // The very same map, as in Kubernetes: what the template gets below, the Job gets too.
    if (labels !== undefined) job.metadata.labels ??= labels;
    defaultJobSpec(job.spec);
  },
  prepareForCreate({ metadata, spec }) {
    if (spec === undefined) return;
    metadata.uid ??= randomUUID();
    selectByUid(spec, metadata.name ?? '', metadata.uid);
    // Kubernetes defaults what it reads from its storage once more.
    const { labels } = spec.template.metadata ?? {};
    if (labels !== undefined) metadata.labels ??= { ...labels };
  },
  validatesMetadataAgain: true,
  validate: validateJob,
  validateUpdate: validateJobUpdate,
  warnings: jobWarnings,
});

export function defaultJobSpec(spec: V1JobSpec): void {
  if (spec.parallelism === undefined && spec.completions === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : MAX_INT32;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed';
  spec.manualSelector ??= false;
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True';
  }
  if (spec.template?.spec) defaultPodSpec(spec.template.spec);
}

/** A Job finds its Pods by its own UID, unless it says that it brings a selector of its own. */
function selectByUid(spec: V1JobSpec, name: string, uid: string): void {
  if (spec.manualSelector) return;
  spec.template.metadata ??= {};
  spec.template.metadata.labels ??= {};
  Object.assign(spec.template.metadata.labels, {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  });
  spec.selector ??= {};
  spec.selector.matchLabels = { ...spec.selector.matchLabels, 'batch.kubernetes.io/controller-uid': uid };
}

const STATUS_CONDITIONS: readonly (readonly [condition: string, word: string])[] = [
  ['Suspended', 'Suspended'],
  ['FailureTarget', 'FailureTarget'],
  ['SuccessCriteriaMet', 'SuccessCriteriaMet'],
];

function statusOf({ metadata, status }: DeepReadonly<Typed<V1Job>>): string {
  const has = (wanted: string): boolean => status?.conditions?.find(({ type }) => type === wanted)?.status === 'True';
  if (has('Complete')) return 'Complete';
  if (has('Failed')) return 'Failed';
  if (metadata.deletionTimestamp) return 'Terminating';
  return STATUS_CONDITIONS.find(([condition]) => has(condition))?.[1] ?? 'Running';
}

function completionsOf({ spec, status }: DeepReadonly<Typed<V1Job>>): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

/** Times are strings on the wire, whatever the borrowed type says. */
function text(time: unknown): string {
  return String(time);
}
