import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import { age } from '../columns/human-duration.ts';
import { PUBLISHED_COLUMNS } from '../columns/published-columns.ts';
import type { Column } from '../resources/resource-definition.ts';

interface Scale {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly replicas?: number };
}

/** Name and age are described alike for all kinds that have them. */
function described(name: 'Name' | 'Age'): Omit<Column, 'cell'> {
  const found = PUBLISHED_COLUMNS['apps/v1/Deployment']?.find((column) => column.name === name);
  if (found === undefined) throw new Error(`no column ${name}`);
  return found;
}

function count(name: string, description: string, of: (scale: DeepReadonly<Scale>) => number | undefined): Column {
  return { name, type: 'integer', format: '', description, priority: 0, cell: (scale) => of(scale as Scale) ?? 0 };
}

/** Of any kind's Scale: `kubectl get --subresource=scale`. */
export const SCALE_COLUMNS: readonly Column[] = Object.freeze([
  { ...described('Name'), cell: ({ metadata }: DeepReadonly<KubeObject>) => metadata.name ?? '' },
  count('Desired', 'replicas is the desired number of instances for the scaled object.', ({ spec }) => spec?.replicas),
  count(
    'Available',
    'replicas is the actual number of observed instances of the scaled object.',
    ({ status }) => status?.replicas,
  ),
  {
    ...described('Age'),
    cell: ({ metadata }: DeepReadonly<KubeObject>, now: Date) => age(metadata.creationTimestamp, now),
  },
]);
