import type { V1ResourceQuota } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { columnsOf } from '../../columns/column.ts';
import { quotaWarnings } from '../../warnings/cluster-warnings.ts';
import { builtInKind } from '../built-in-kind.ts';
import { validateQuota, validateQuotaUpdate } from './quota-validation.ts';

export const resourceQuotas = builtInKind<V1ResourceQuota>({
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  shortNames: ['quota'],
  namespaced: true,
  returnsDeletedObject: true,
  status: 'cleared',
  columns: columnsOf<V1ResourceQuota>('v1/ResourceQuota', {
    Request: (quota) => usage(quota, false),
    Limit: (quota) => usage(quota, true),
  }),
  validate: validateQuota,
  validateUpdate: validateQuotaUpdate,
  warnings: quotaWarnings,
});

/** `cpu: 1/2, memory: 0/1Gi`, of limits or of all else. */
function usage({ status }: DeepReadonly<V1ResourceQuota>, limits: boolean): string {
  return Object.keys(status?.hard ?? {})
    .filter((resource) => resource.startsWith('limits.') === limits)
    .sort()
    .map((resource) => `${resource}: ${status?.used?.[resource] ?? '0'}/${status?.hard?.[resource]}`)
    .join(', ');
}
