import type { CustomResourceDefinition } from '../../apiextensions/v1.ts';
import { AGE_COLUMN, defineCrd } from '../../crd/definition.ts';
import { integer, listOf, object, text, timestamp } from '../../crd/schema.ts';
import { RECEIPT_LIST_LIMIT, UNJOIN_RECEIPTS } from './unjoin-receipt.ts';

const ENTRY = object(
  'One object in the member.',
  {
    resource: text('Its kind, such as deployments.apps.'),
    namespace: text('Its namespace.'),
    name: text('Its name.'),
    reason: text('Why.'),
  },
  { required: ['resource', 'name'] },
);

export function unjoinReceiptCrd(): CustomResourceDefinition {
  const limit = { maxItems: RECEIPT_LIST_LIMIT };
  return defineCrd({
    resource: UNJOIN_RECEIPTS,
    description: 'What unjoin did in a member that left, object by object.',
    columns: [
      { name: 'cluster', type: 'string', jsonPath: '.spec.cluster' },
      { name: 'removed', type: 'integer', jsonPath: '.status.totals.removed' },
      { name: 'released', type: 'integer', jsonPath: '.status.totals.released' },
      { name: 'kept', type: 'integer', jsonPath: '.status.totals.kept' },
      { name: 'finished', type: 'date', jsonPath: '.spec.finishedAt' },
      AGE_COLUMN,
    ],
    properties: {
      spec: object(
        'Which member left, and how.',
        {
          cluster: text('Name of the KubeFedCluster.'),
          cascade: text('delete: what was created is removed. orphan: it stays, released.', {
            enum: ['delete', 'orphan'],
          }),
          startedAt: timestamp('When it began.'),
          finishedAt: timestamp('When all was done. Missing: it is not.'),
        },
        { required: ['cluster', 'cascade', 'startedAt'] },
      ),
      status: object('What was done.', {
        removed: listOf(ENTRY, 'Created by this control plane and deleted.', limit),
        released: listOf(ENTRY, 'Labels, annotations and finalizers taken off; the object stays.', limit),
        kept: listOf(ENTRY, 'Not touched, or not touchable, and why.', limit),
        totals: object('All there were, whether or not they fit the lists.', {
          removed: integer('Objects removed.'),
          released: integer('Objects released.'),
          kept: integer('Objects kept.'),
        }),
        leftBehind: listOf({ type: 'string' }, 'What a member that could not be reached still bears.', limit),
      }),
    },
    required: ['spec'],
  });
}
