import type { V1ServiceAccount } from '@kubernetes/client-node';
import { tokenRequestSubresource } from '../../authentication/token-request.ts';
import { columnsOf } from '../../columns/column.ts';
import { serviceAccountWarnings } from '../../warnings/cluster-warnings.ts';
import { builtInKind } from '../built-in-kind.ts';

export const serviceAccounts = builtInKind<V1ServiceAccount>({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  shortNames: ['sa'],
  namespaced: true,
  returnsDeletedObject: true,
  subresources: { token: tokenRequestSubresource },
  validatesMetadataAgain: true,
  columns: columnsOf('v1/ServiceAccount'),
  warnings: serviceAccountWarnings,
});
