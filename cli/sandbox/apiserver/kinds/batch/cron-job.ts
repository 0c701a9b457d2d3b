import type { V1CronJob } from '@kubernetes/client-node';
import { containerImages, containerNames, formatSelector, printBool } from '../../columns/cells.ts';
import { columnsOf } from '../../columns/column.ts';
import { age } from '../../columns/human-duration.ts';
import { cronJobWarnings } from '../../warnings/workload-warnings.ts';
import { builtInKind } from '../built-in-kind.ts';
import { defaultPodSpec } from '../pods/pod-spec-defaults.ts';
import { validateCronJob, validateCronJobUpdate } from './job-validation.ts';

export const cronJobs = builtInKind<V1CronJob>({
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  shortNames: ['cj'],
  categories: ['all'],
  namespaced: true,
  hasGeneration: true,
  defaultPropagation: 'Background',
  status: 'cleared',
  columns: columnsOf<V1CronJob>('batch/v1/CronJob', {
    Schedule: ({ spec }) => spec?.schedule ?? '',
    Timezone: ({ spec }) => spec?.timeZone ?? '<none>',
    Suspend: ({ spec }) => printBool(spec?.suspend),
    Active: ({ status }) => status?.active?.length ?? 0,
    'Last Schedule': ({ status }, now) =>
      status?.lastScheduleTime ? age(String(status.lastScheduleTime), now) : '<none>',
    Containers: ({ spec }) => containerNames(spec?.jobTemplate.spec?.template.spec?.containers),
    Images: ({ spec }) => containerImages(spec?.jobTemplate.spec?.template.spec?.containers),
    Selector: ({ spec }) => formatSelector(spec?.jobTemplate.spec?.selector),
  }),
  defaults({ spec }) {
    if (spec === undefined) return;
    spec.concurrencyPolicy ||= 'Allow';
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    // The Jobs that come of it get a Job's defaults when they are made; the template only a pod's.
    const podSpec = spec.jobTemplate?.spec?.template?.spec;
    if (podSpec) defaultPodSpec(podSpec);
    for (const rule of spec.jobTemplate?.spec?.podFailurePolicy?.rules ?? []) {
      for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True';
    }
  },
  validate: validateCronJob,
  validateUpdate: validateCronJobUpdate,
  warnings: cronJobWarnings,
});
